#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/openapi/source.h"

namespace yoke::openapi {

// Gathers findings up to a bound, each with its line.
class FindingList {
 public:
  FindingList(const Source& source, std::size_t most) : source_(source), most_(most) {}

  void add(Finding::Kind kind, std::string pointer, std::string message);
  std::vector<Finding> take();

 private:
  const Source& source_;
  std::size_t most_;
  std::size_t more_ = 0;
  std::vector<Finding> all_;
};

// A value with its place. `value` is shared with the lookup that read it.
struct Found {
  std::shared_ptr<const Json> value;
  std::string pointer;
};

// The values of a document by pointer, each read once.
class Lookup {
 public:
  Lookup(const Source& source, std::size_t bytes_max) : source_(source), bytes_max_(bytes_max) {}

  const Source& source() const { return source_; }
  // Errors: not_found, or what the value's reading says; `place` is `pointer`.
  Result<Found> at(const std::string& pointer);
  // What `found` stands for: itself, or what its $ref leads to. Errors: as at(); invalid: a circle.
  Result<Found> follow(Found found);
  // Forgets what is read, where that is much: between two operations.
  void trim();

 private:
  const Source& source_;
  std::size_t bytes_max_;  // of what is read until trim()
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, std::shared_ptr<const Json>> read_;
};

// The member of `found`, with its pointer. Null value where there is none.
Found member_of(const Found& found, const std::string& name);
Found element_of(const Found& found, std::size_t index);

}  // namespace yoke::openapi
