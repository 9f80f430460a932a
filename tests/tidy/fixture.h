#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/source.h"

namespace yoke::tidy {

// One example in a fixture file: a piece of code at a pretended path, and what a rule must find.
//
// A fixture file is a list of examples. Each starts with a line `//// path` and ends before the
// next one. Where a finding is due, the line ends in `// expect: rule`; where none is expected in
// the whole example, nothing may be found.
struct Example {
  Source source;
  std::vector<std::string> expected;  // "line: rule", in order
};

std::vector<Example> examples_of(std::string_view fixture);

// The text of a file; it fails the test when there is none.
std::string read_text(const std::string& path);

// Every text file of the repository that is ours, cut, in order of path. `root` is the repository.
std::vector<Source> read_tree(const std::string& root);

}  // namespace yoke::tidy
