#include "runtime/base/ensure.h"
#include "sandbox/vm.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"
#include "tools/lint/syntax.h"

// Where Lua's own compiler takes a text, so does the linter's parser, but for what nests too deeply
// for it; what it refuses is refused at a line and with a reason.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(yoke::fuzz::text_of(data, size));
  const auto tree = yoke::lint::parse(text);
  if (tree) {
    ENSURE(tree->root != nullptr);
    return 0;
  }
  const std::string& why = tree.error().detail;
  ENSURE(!why.empty());
  ENSURE(!tree.error().place.empty());
  const bool bounded =
      why.find("too deep") != std::string::npos || why.find("too long") != std::string::npos;
  ENSURE(bounded || !yoke::sandbox::compile({"a.lua", text}, {}));
  return 0;
}
