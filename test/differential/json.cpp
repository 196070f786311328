// Boost.JSON's compiled part, which is header-only here: Debian's library is not needed for a test.
#include <boost/json/src.hpp>
