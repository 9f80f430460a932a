#include "runtime/ports/call_options.h"

#include <algorithm>
#include <array>

namespace yoke {
namespace {

Error wrong(const std::string& name, const std::string& what) {
  return Error{Errc::invalid, "option '" + name + "' " + what};
}

Result<void> read_stop(const Json& value, std::vector<std::string>& out) {
  if (!value.is_array()) return wrong("stop", "is a list of texts");
  for (const Json& each : value) {
    if (!each.is_string()) return wrong("stop", "is a list of texts");
    out.push_back(each.get<std::string>());
  }
  return {};
}

template <class T>
Result<void> read_text(const std::string& name, const Json& value, T& out) {
  if (!value.is_string()) return wrong(name, "is a text");
  out = value.get<std::string>();
  return {};
}

Result<void> read_whole(const std::string& name, const Json& value,
                        std::optional<std::int64_t>& out) {
  if (!value.is_number_integer()) return wrong(name, "is a whole number");
  out = value.get<std::int64_t>();
  return {};
}

constexpr std::array<std::string_view, 3> kAfter{"tools", "instructions", "message"};

Json to_json(const CacheMark& mark) {
  Json out{{"after", kAfter.at(static_cast<std::size_t>(mark.after))}};
  if (mark.after == CacheMark::After::message) out["message"] = mark.message;
  if (!mark.ttl.empty()) out["ttl"] = mark.ttl;
  return out;
}

Result<void> read_marks(const Json& value, std::vector<CacheMark>& out) {
  const Error bad = wrong("cache_marks", "is a list of {after, message, ttl}");
  if (!value.is_array()) return bad;
  for (const Json& each : value) {
    const std::string after = string_at(each, "after");
    const auto* const found = std::find(kAfter.begin(), kAfter.end(), after);
    const std::int64_t message = integer_at(each, "message");
    if (found == kAfter.end() || message < 0) return bad;
    CacheMark mark;
    mark.after = static_cast<CacheMark::After>(found - kAfter.begin());
    mark.message = static_cast<std::size_t>(message);
    mark.ttl = string_at(each, "ttl");
    out.push_back(std::move(mark));
  }
  return {};
}

Result<void> read_one(const std::string& name, const Json& value, CallOptions& out) {
  if (name == "stop") return read_stop(value, out.stop);
  if (name == "reasoning_effort") return read_text(name, value, out.reasoning_effort);
  if (name == "tool_choice") return read_text(name, value, out.tool_choice);
  if (name == "tool") return read_text(name, value, out.tool);
  if (name == "thinking") return read_text(name, value, out.thinking);
  if (name == "thinking_tokens") return read_whole(name, value, out.thinking_tokens);
  if (name == "cache_marks") return read_marks(value, out.cache_marks);
  if (name == "top_k") return read_whole(name, value, out.top_k);
  if (name == "seed") return read_whole(name, value, out.seed);
  if (name == "top_p") {
    if (!value.is_number()) return wrong(name, "is a number");
    out.top_p = value.get<double>();
    return {};
  }
  if (name == "parallel_tools") {
    if (!value.is_boolean()) return wrong(name, "is true or false");
    out.parallel_tools = value.get<bool>();
    return {};
  }
  return wrong(name, "is not known");
}

}  // namespace

Json to_json(const CallOptions& options) {
  Json out = Json::object();
  if (options.top_p) out["top_p"] = *options.top_p;
  if (options.top_k) out["top_k"] = *options.top_k;
  if (options.seed) out["seed"] = *options.seed;
  if (!options.stop.empty()) out["stop"] = options.stop;
  if (!options.reasoning_effort.empty()) out["reasoning_effort"] = options.reasoning_effort;
  if (!options.tool_choice.empty()) out["tool_choice"] = options.tool_choice;
  if (!options.tool.empty()) out["tool"] = options.tool;
  if (options.parallel_tools) out["parallel_tools"] = *options.parallel_tools;
  if (!options.thinking.empty()) out["thinking"] = options.thinking;
  if (options.thinking_tokens) out["thinking_tokens"] = *options.thinking_tokens;
  for (const CacheMark& mark : options.cache_marks) out["cache_marks"].push_back(to_json(mark));
  return out;
}

Result<CallOptions> call_options_from_json(const Json& value) {
  CallOptions options;
  if (value.is_null()) return options;
  if (!value.is_object()) return Error{Errc::invalid, "options are an object"};
  for (const auto& [name, each] : value.items()) {
    const Result<void> read = read_one(name, each, options);
    if (!read) return read.error();
  }
  return options;
}

}  // namespace yoke
