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
endfunction()
