#include "tools/openapi/source.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "tools/openapi/pointer.h"

namespace yoke::openapi {
namespace {

constexpr std::size_t kLineBlockBytes = 2u << 10;
constexpr int kIndexedLevels = 2;  // "/components/schemas/X"

bool is_refused_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

// Whether a '&' or '*' there begins a value, so that it is an anchor or an alias.
bool begins_value(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size() || text[at + 1] == ' ' || text[at + 1] == '\n') return false;
  std::size_t before = at;
  while (before > 0 && text[before - 1] == ' ') --before;
  if (before == 0) return true;
  const char c = text[before - 1];
  if (c == '\n' || c == '[' || c == '{') return true;
  return before < at && (c == ':' || c == '-' || c == ',');
}

bool has_value_mark(std::string_view text, char mark) {
  for (std::size_t at = text.find(mark); at != std::string_view::npos;
       at = text.find(mark, at + 1)) {
    if (begins_value(text, at)) return true;
  }
  return false;
}

Part part_of(const Part& around, const std::shared_ptr<const Json>& whole, const Json& value) {
  Part part;
  part.begin = around.begin;
  part.end = around.end;
  part.value = std::shared_ptr<const Json>(whole, &value);
  return part;
}

}  // namespace

Source::Source(Opening, std::string text, const DocumentLimits& limits)
    : text_(std::move(text)), limits_(limits) {}

Result<std::unique_ptr<Source>> Source::open(std::string text, const DocumentLimits& limits) {
  if (text.size() > limits.text_bytes_max) {
    return Error{Errc::too_large, "a document of " + std::to_string(text.size()) +
                                      " bytes; at most " + std::to_string(limits.text_bytes_max) +
                                      " are taken"};
  }
  auto source = std::make_unique<Source>(Opening{}, std::move(text), limits);
  if (Result<void> fine = source->check_text(); !fine) return fine.error();
  std::size_t lines = 0;
  for (std::size_t at = 0; at < source->text_.size(); at += kLineBlockBytes) {
    source->lines_before_.push_back(lines);
    const auto from = source->text_.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t size = std::min(kLineBlockBytes, source->text_.size() - at);
    lines +=
        static_cast<std::size_t>(std::count(from, from + static_cast<std::ptrdiff_t>(size), '\n'));
  }
  source->root_.begin = source->text_.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  source->root_.end = source->text_.size();
  const std::size_t first = source->text_.find_first_not_of(" \t\r\n", source->root_.begin);
  if (first == std::string::npos) return Error{Errc::invalid, "the document is empty"};
  source->is_json_ = source->text_[first] == '{';
  if (Result<void> read = source->read_whole_where_needed(); !read) return read.error();
  source->index("", source->root_, kIndexedLevels);
  return source;
}

Result<void> Source::check_text() const {
  if (!is_valid_utf8(text_)) return Error{Errc::invalid, "the document is no valid UTF-8"};
  const auto control = std::find_if(text_.begin(), text_.end(), is_refused_control);
  if (control == text_.end()) return {};
  const auto at = static_cast<std::size_t>(control - text_.begin());
  const auto line = 1 + std::count(text_.begin(), control, '\n');
  return Error{Errc::invalid,
               "byte " + std::to_string(at) + " is a control character; write it as an escape",
               "line " + std::to_string(line)};
}

// Anchors may be used in other parts than those they are set in.
Result<void> Source::read_whole_where_needed() {
  if (is_json_ || text_.size() > limits_.whole_bytes_max) return {};
  if (!has_value_mark(text_, '*') || !has_value_mark(text_, '&')) return {};
  JsonLimits bounds;
  bounds.text_bytes_max = limits_.whole_bytes_max;
  bounds.depth_max = limits_.depth_max + 16;
  bounds.nodes_max = limits_.whole_nodes_max;
  Result<Json> whole =
      read_yaml(std::string_view(text_).substr(root_.begin), bounds, line_at(root_.begin));
  if (!whole) return whole.error();
  root_.value = std::make_shared<const Json>(std::move(*whole));
  return {};
}

void Source::index(const std::string& prefix, const Part& part, int levels) {
  const Result<std::vector<PartMember>> found = members(part);
  if (!found) return;
  Names& names = index_[prefix];
  for (const PartMember& member : *found) names.emplace(member.name, member.part);
  if (levels == 0) return;
  for (const PartMember& member : *found) {
    const bool holds_parts =
        prefix.empty() &&
        (member.name == "components" || member.name == "paths" || member.name == "definitions" ||
         member.name == "parameters" || member.name == "responses");
    if (holds_parts || prefix == "/components") {
      index(prefix + pointer_step(member.name), member.part, levels - 1);
    }
  }
}

Result<std::vector<PartMember>> Source::members(const Part& part) const {
  if (!part.value) {
    Outline outline;
    if (is_json_) {
      Result<Outline> cut = outline_of_json(text_, part);
      if (!cut)
        return Error{cut.error().code, cut.error().detail, "line " + std::to_string(line_of(part))};
      outline = std::move(*cut);
    } else {
      outline = outline_of_yaml(text_, part);
    }
    if (outline.is_cut) return std::move(outline.members);
  }
  Part read = part;
  if (!read.value) {
    Result<Json> value = this->value(part);
    if (!value) return value.error();
    read.value = std::make_shared<const Json>(std::move(*value));
  }
  if (!read.value->is_object()) {
    return Error{Errc::invalid, std::string("expected an object, found ") + read.value->type_name(),
                 "line " + std::to_string(line_of(part))};
  }
  std::vector<PartMember> members;
  for (const auto& [name, value] : read.value->items()) {
    members.push_back({name, part_of(part, read.value, value)});
  }
  return members;
}

Result<Json> Source::value(const Part& part) const {
  if (part.value) return Json(*part.value);
  const std::size_t line = line_of(part);
  const std::string place = "line " + std::to_string(line);
  const std::string_view text = std::string_view(text_).substr(part.begin, part.end - part.begin);
  if (text.size() > limits_.part_bytes_max) {
    return Error{Errc::too_large,
                 "a part of " + std::to_string(text.size()) + " bytes; at most " +
                     std::to_string(limits_.part_bytes_max) + " are read in one piece",
                 place};
  }
  JsonLimits bounds;
  bounds.text_bytes_max = limits_.part_bytes_max;
  bounds.depth_max = limits_.depth_max;
  bounds.nodes_max = limits_.nodes_max;
  if (!is_json_) return read_yaml(text, bounds, line_at(part.begin));
  Result<Json> value = parse_json(text, bounds);
  if (!value) return Error{value.error().code, value.error().detail, place};
  return value;
}

Result<Part> Source::step_into(const Part& part, const std::string& name) const {
  if (part.value && part.value->is_array()) {
    const bool is_index =
        !name.empty() && name.size() < 7 &&
        std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!is_index || std::stoul(name) >= part.value->size()) return Error{Errc::not_found, name};
    return part_of(part, part.value, (*part.value)[std::stoul(name)]);
  }
  const Result<std::vector<PartMember>> all = members(part);
  if (all) {
    const auto found = std::find_if(all->begin(), all->end(),
                                    [&](const PartMember& one) { return one.name == name; });
    if (found == all->end()) return Error{Errc::not_found, name};
    return found->part;
  }
  if (part.value) return all.error();
  Result<Json> value = this->value(part);
  if (!value) return value.error();
  if (!value->is_array()) return all.error();
  Part read = part;
  read.value = std::make_shared<const Json>(std::move(*value));
  return step_into(read, name);
}

Result<Part> Source::find(std::string_view pointer) const {
  const Result<std::vector<std::string>> steps = steps_of(pointer);
  if (!steps) return steps.error();
  Part part = root_;
  std::string prefix;
  for (const std::string& step : *steps) {
    const auto names = index_.find(prefix);
    prefix += pointer_step(step);
    if (names != index_.end()) {
      const auto found = names->second.find(step);
      if (found == names->second.end()) {
        return Error{Errc::not_found, "nothing is at '" + printable(prefix) + "'"};
      }
      part = found->second;
      continue;
    }
    Result<Part> next = step_into(part, step);
    if (!next && next.error().code == Errc::not_found) {
      return Error{Errc::not_found, "nothing is at '" + printable(prefix) + "'"};
    }
    if (!next) return next.error();
    part = std::move(*next);
  }
  return part;
}

std::size_t Source::line_at(std::size_t offset) const {
  if (lines_before_.empty()) return 1;
  const std::size_t block = std::min(offset / kLineBlockBytes, lines_before_.size() - 1);
  const auto from = text_.begin() + static_cast<std::ptrdiff_t>(block * kLineBlockBytes);
  const auto to = text_.begin() + static_cast<std::ptrdiff_t>(std::min(offset, text_.size()));
  return 1 + lines_before_[block] + static_cast<std::size_t>(std::count(from, to, '\n'));
}

std::size_t Source::line_of(const Part& part) const { return line_at(part.begin); }

std::size_t Source::line_of(std::string_view pointer) const {
  const Result<std::vector<std::string>> steps = steps_of(pointer);
  if (!steps) return 1;
  Part part = root_;
  std::string prefix;
  for (const std::string& step : *steps) {
    const auto names = index_.find(prefix);
    prefix += pointer_step(step);
    std::optional<Part> next;
    if (names != index_.end()) {
      const auto found = names->second.find(step);
      if (found != names->second.end()) next = found->second;
    } else {
      next = outlined(part, step);
    }
    if (!next) break;
    part = std::move(*next);
  }
  return line_of(part);
}

// One step, as far as that needs no reading.
std::optional<Part> Source::outlined(const Part& part, const std::string& name) const {
  if (part.value) return std::nullopt;
  Outline outline;
  if (is_json_) {
    Result<Outline> cut = outline_of_json(text_, part);
    if (cut) outline = std::move(*cut);
  } else {
    outline = outline_of_yaml(text_, part);
  }
  for (PartMember& member : outline.members) {
    if (member.name == name) return std::move(member.part);
  }
  return std::nullopt;
}

}  // namespace yoke::openapi
