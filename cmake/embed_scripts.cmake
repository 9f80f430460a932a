# Writes OUTPUT, a C++ file with the text of every script below FOLDER: cmake -D FOLDER=… -D OUTPUT=… -P
file(GLOB_RECURSE scripts RELATIVE "${FOLDER}" "${FOLDER}/*.lua")
list(FILTER scripts EXCLUDE REGEX "_test\\.lua$")
list(SORT scripts)
set(rows "")
foreach(script IN LISTS scripts)
  file(READ "${FOLDER}/${script}" text)
  string(APPEND rows "    {\"${script}\", R\"~~~~(${text})~~~~\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"tools/bundled_files.h\"

namespace yoke {
namespace {
constexpr BundledFile kFiles[] = {
${rows}};
}  // namespace

std::span<const BundledFile> bundled_files() { return kFiles; }

}  // namespace yoke
")
