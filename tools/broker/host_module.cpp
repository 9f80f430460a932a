#include "tools/broker/host_module.h"

#include <algorithm>
#include <vector>

#include "runtime/base/text.h"

namespace yoke {
namespace {

std::vector<std::string> copies_of(std::initializer_list<std::string_view> words) {
  return {words.begin(), words.end()};
}

Error wrong_argument(std::string_view function, std::size_t index, std::string_view what) {
  return Error{Errc::invalid, std::string(function) + ": argument " + std::to_string(index + 1) +
                                  " must be " + std::string(what)};
}

}  // namespace

Result<Json> HostModule::admit(const std::string&, const Json& args, CallScope&) { return args; }

Result<Json> json_result(Json value) { return value; }

const Json& argument(const Json& args, std::size_t index) {
  static const Json kAbsent = nullptr;
  return args.is_array() && index < args.size() ? args[index] : kAbsent;
}

Result<std::string> text_argument(const Json& args, std::size_t index, std::string_view function) {
  const Json& value = argument(args, index);
  if (!value.is_string()) return wrong_argument(function, index, "a string");
  return value.get<std::string>();
}

Result<Json> options_argument(const Json& args, std::size_t index, std::string_view function,
                              std::initializer_list<std::string_view> known) {
  const Json& value = argument(args, index);
  if (value.is_null()) return Json(Json::object());
  if (!value.is_object()) return wrong_argument(function, index, "a table of options");
  const std::vector<std::string> names = copies_of(known);
  for (const auto& [key, unused] : value.items()) {
    if (std::find(names.begin(), names.end(), key) != names.end()) continue;
    return Error{Errc::invalid, std::string(function) + ": there is no option '" +
                                    shorten(printable(key), 60) + "'" + did_you_mean(key, names)};
  }
  return value;
}

Error unknown_function(std::string_view module, std::string_view function,
                       std::initializer_list<std::string_view> known) {
  const std::vector<std::string> names = copies_of(known);
  return Error{Errc::not_found, "there is no " + std::string(module) + "." +
                                    shorten(printable(function), 60) +
                                    did_you_mean(function, names)};
}

}  // namespace yoke
