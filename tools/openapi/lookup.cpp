#include "tools/openapi/lookup.h"

#include "runtime/base/text.h"
#include "tools/openapi/pointer.h"

namespace yoke::openapi {
namespace {

constexpr int kReferencesMax = 16;  // in a row

}  // namespace

void FindingList::add(Finding::Kind kind, std::string pointer, std::string message) {
  if (all_.size() >= most_) {
    ++more_;
    return;
  }
  Finding& finding = all_.emplace_back();
  finding.kind = kind;
  finding.line = source_.line_of(pointer);
  finding.pointer = std::move(pointer);
  finding.message = std::move(message);
}

std::vector<Finding> FindingList::take() {
  if (more_ > 0) {
    Finding& last = all_.emplace_back();
    last.message = std::to_string(more_) + " more findings are not listed";
  }
  return std::move(all_);
}

Result<Found> Lookup::at(const std::string& pointer) {
  if (const auto known = read_.find(pointer); known != read_.end()) {
    return Found{known->second, pointer};
  }
  const Result<Part> part = source_.find(pointer);
  if (!part) return Error{part.error().code, part.error().detail, pointer};
  const std::size_t bytes = part->value ? 0 : part->end - part->begin;
  if (bytes_ + bytes > bytes_max_) {
    return Error{Errc::too_large,
                 "what the operation refers to is over " + std::to_string(bytes_max_) + " bytes",
                 pointer};
  }
  bytes_ += bytes;
  std::shared_ptr<const Json> value = part->value;
  if (!value) {
    Result<Json> read = source_.value(*part);
    if (!read) {
      return Error{read.error().code, read.error().message(), pointer};
    }
    value = std::make_shared<const Json>(std::move(*read));
  }
  read_.emplace(pointer, value);
  return Found{std::move(value), pointer};
}

Result<Found> Lookup::follow(Found found) {
  for (int i = 0; i < kReferencesMax; ++i) {
    if (!found.value || !found.value->is_object() || !found.value->contains("$ref")) return found;
    const Json& reference = member_at(*found.value, "$ref");
    const std::string place = found.pointer + "/$ref";
    if (!reference.is_string()) return Error{Errc::invalid, "a $ref is a text", place};
    const Result<std::string> pointer = local_pointer(reference.get_ref<const std::string&>());
    if (!pointer) return Error{pointer.error().code, pointer.error().detail, place};
    Result<Found> next = at(*pointer);
    if (!next) return Error{next.error().code, next.error().detail, place};
    found = std::move(*next);
  }
  return Error{Errc::invalid, "the $ref leads in a circle, or through more than 16 others",
               found.pointer};
}

void Lookup::trim() {
  if (bytes_ * 2 > bytes_max_) read_.clear();
  if (read_.empty()) bytes_ = 0;
}

Found member_of(const Found& found, const std::string& name) {
  Found member;
  member.pointer = found.pointer + pointer_step(name);
  if (!found.value || !found.value->is_object()) return member;
  const auto at = found.value->find(name);
  if (at != found.value->end()) {
    member.value = std::shared_ptr<const Json>(found.value, &*at);
  }
  return member;
}

Found element_of(const Found& found, std::size_t index) {
  Found element;
  element.pointer = found.pointer + "/" + std::to_string(index);
  element.value = std::shared_ptr<const Json>(found.value, &(*found.value)[index]);
  return element;
}

}  // namespace yoke::openapi
