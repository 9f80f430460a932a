#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/result.h"
#include "tools/openapi/document.h"

namespace yoke::openapi {

// A value in a document: a range of its text that is not read yet, or one that is.
struct Part {
  std::size_t begin = 0;  // bytes of the text; of a value that is read, of what it was read with
  std::size_t end = 0;
  // Read already; shared with the parts of the same reading, which keep the whole of it alive.
  std::shared_ptr<const Json> value = nullptr;
};

struct PartMember {
  std::string name;
  Part part;
};

// The members of the object in `text` from part.begin to part.end. None where the text cannot be
// cut with certainty (a flow mapping, an anchor, a merge key): then it has to be read whole.
struct Outline {
  bool is_cut = false;
  std::vector<PartMember> members;
};
Outline outline_of_yaml(std::string_view text, const Part& part);
// Errors: invalid; `place` is empty, the detail names the byte.
Result<Outline> outline_of_json(std::string_view text, const Part& part);

// One value in YAML 1.2's core schema; merge keys ("<<") and aliases are resolved.
// `line`: of the text's first line. Errors: `place` is "line N".
Result<Json> read_yaml(std::string_view text, const JsonLimits& limits, std::size_t line);

// The text of a document, cut into parts on demand.
//
// Threads: immutable once opened.
class Source {
 public:
  struct Opening {
   private:
    Opening() = default;
    friend class Source;
  };

  static Result<std::unique_ptr<Source>> open(std::string text, const DocumentLimits& limits);
  // Only open() makes one.
  Source(Opening, std::string text, const DocumentLimits& limits);

  const Part& root() const { return root_; }
  // In the document's order; a name that is there twice is there twice here.
  // invalid: no object, or not readable; too_large.
  Result<std::vector<PartMember>> members(const Part& part) const;
  Result<Json> value(const Part& part) const;
  // not_found: nothing is there.
  Result<Part> find(std::string_view pointer) const;
  std::size_t line_of(const Part& part) const;
  // Of the nearest value around `pointer` whose place is known.
  std::size_t line_of(std::string_view pointer) const;

 private:
  using Names = std::unordered_map<std::string, Part>;

  Result<void> check_text() const;
  Result<void> read_whole_where_needed();
  void index(const std::string& prefix, const Part& part, int levels);
  std::size_t line_at(std::size_t offset) const;
  std::optional<Part> outlined(const Part& part, const std::string& name) const;
  Result<Part> step_into(const Part& part, const std::string& name) const;

  std::string text_;
  DocumentLimits limits_;
  bool is_json_ = false;
  Part root_;
  std::vector<std::size_t> lines_before_;         // of each block of the text
  std::unordered_map<std::string, Names> index_;  // by the pointer of the object
};

}  // namespace yoke::openapi
