#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/ports/flow_policy.h"

// Which values of a call decide whom it reaches or what it is done to. Pure. Private to the engine.
namespace yoke {

// One value in arguments.
struct ArgumentValue {
  std::string argument;  // its path: "message.to", "cc[1]"
  std::string value;
  CriticalKind kind = CriticalKind::account;
};

// What an argument of that name decides, by its name alone ("recipient_email", "outputPath").
std::optional<CriticalKind> kind_by_name(std::string_view name);
// What a value of that form is: an e-mail address, a URL, an account's number, an absolute path.
std::optional<CriticalKind> kind_by_form(std::string_view value);

// The values of critical arguments: those `declared` names by path, where it is there; else those
// recognised by name or form. Lists of recipients in one text are taken apart.
std::vector<ArgumentValue> critical_values(const Json& args,
                                           const std::optional<std::vector<std::string>>& declared);
// Every text and number; and of those the ones of at most 200 bytes.
std::vector<ArgumentValue> all_values(const Json& args);
std::vector<ArgumentValue> short_values(const Json& args);
// The addresses (URLs, e-mail addresses, account numbers) in texts that are not themselves one.
std::vector<ArgumentValue> addresses_within(const Json& args,
                                            const std::vector<ArgumentValue>& critical);

}  // namespace yoke
