# What this repository demands of its own code and never of its users: a function on targets, not directory flags.
function(asyncio_own_code target)
  # Later Boost releases remove the deprecated names; this is what keeps them out.
  target_compile_definitions(${target} PRIVATE BOOST_ASIO_NO_DEPRECATED)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  if(ASYNCIO_WARNINGS)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor)
    if(ASYNCIO_WERROR)
      target_compile_options(${target} PRIVATE -Werror)
    endif()
  endif()
  if(ASYNCIO_PRECOMPILE)
    asyncio_precompile(${target})
  endif()
endfunction()

# One precompiled header, the library's, for all that is linked with it. It has nothing of Boost.Test, whose headers must
# not come before a test's BOOST_TEST_MODULE.
function(asyncio_precompile target)
  get_target_property(libraries ${target} LINK_LIBRARIES)
  if(target STREQUAL asyncio)
    target_precompile_headers(asyncio PRIVATE <asyncio/asyncio.hpp>)
  elseif(libraries MATCHES asyncio)
    target_precompile_headers(${target} REUSE_FROM asyncio)
  endif()
endfunction()
