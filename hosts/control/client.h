#pragma once

#include <optional>
#include <string>

#include "hosts/app/options.h"
#include "hosts/config/config.h"
#include "runtime/base/json.h"

// The command line's side of the control socket: the process that drives runs is asked to act on
// them. Blocking. No value: nobody listens there, so the caller may take the store itself.
namespace yoke {

struct RunAnswer {
  std::string id;  // as typed
  std::string question;
  Json value;
};

std::optional<int> answer_over_socket(const CommonOptions& common, Terminal& terminal,
                                      const RunAnswer& answer);
std::optional<int> cancel_over_socket(const CommonOptions& common, Terminal& terminal,
                                      const std::string& id);
// `body` as of POST /v1/runs. Prints the new run's id.
std::optional<int> start_over_socket(Terminal& terminal, const Config& config, const Json& body);

// What the process that holds the store made of an order about keys: the key as it is shown, or
// why not. No value: nobody listens there.
std::optional<Result<Json>> make_key_over_socket(const Config& config, const Json& order);
std::optional<Result<Json>> revoke_key_over_socket(const Config& config, const std::string& named);

}  // namespace yoke
