# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# Makes a C++ source file of a text: cmake -DINPUT=page.html -DOUTPUT=page.cpp -P embed.cmake
# A literal has a length limit, hence the pieces; the text is ASCII, so that no piece can cut a character.
file(READ "${INPUT}" text)
string(LENGTH "${text}" length)
set(source "#include <asyncio/detail/inspect/timeline_writer.hpp>\n\nnamespace asyncio::detail {\n\n")
string(APPEND source "std::string_view const timeline_page =")
set(position 0)
while(position LESS length)
  string(SUBSTRING "${text}" ${position} 8000 piece)
  string(APPEND source "\n    R\"page(${piece})page\"")
  math(EXPR position "${position} + 8000")
endwhile()
string(APPEND source ";\n\n}  // namespace asyncio::detail\n")
file(WRITE "${OUTPUT}" "${source}")
