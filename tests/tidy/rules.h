#pragma once

#include <string>
#include <vector>

#include "tests/tidy/source.h"

// The rules of the house style that a machine can check. Each is a pure function of one file (or of
// all files) to what it finds wrong there; each has fixtures that show what passes and what does
// not.
namespace yoke::tidy {

using Findings = std::vector<Finding>;

// line-length, file-length, function-length, nesting, pragma-once
Findings check_limits(const Source& source);

// include-root, include-own-first, include-direction, include-library
Findings check_includes(const Source& source);

// await-form, await-header, await-operator, await-brace, await-lambda, await-twice, await-spawn,
// await-parameter: what g++ 12 miscompiles without a word, and what dangles
Findings check_awaits(const Source& source);

// banned-word, unfinished, swallowed-exception
Findings check_words(const Source& source);

// test-name: a case is named as a behaviour, and so that CTest can ask for it by name
Findings check_test_names(const Source& source);

// machine-path, registry: no file speaks of the machine it was written on
Findings check_places(const Source& source);

// dead-file: every source is built, every header included
Findings check_dead_files(const std::vector<Source>& tree);

// folder-readme, public-header, private-header: each folder says what others may include
Findings check_folders(const std::vector<Source>& tree);

// type-name: no two files define types of one name in one namespace, which a linker takes for one
Findings check_type_names(const std::vector<Source>& tree);

}  // namespace yoke::tidy
