#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "hosts/app/options.h"
#include "hosts/config/config.h"
#include "runtime/base/json.h"

// The command line's side of the control socket: the process that drives runs is asked to act on
// them, in the words of the hook's API. Blocking. What it answered, or why not; no value: nobody
// listens there, so the caller may take the store itself.
namespace yoke {

struct Order {
  std::string method;
  std::string path;  // "/v1/runs", its segments encoded
  Json body = nullptr;
  std::string idem_key = {};  // sent again under it, it is done once
  std::chrono::seconds patience{30};
};
std::optional<Result<Json>> ask_over_socket(const Config& config, const Order& order);
// The same in the project that the options name; nobody listens where it cannot be read.
std::optional<Result<Json>> ask_over_socket(const CommonOptions& common, const Order& order);

struct RunAnswer {
  std::string id;  // as typed
  std::string question;
  Json value;
};
std::optional<Result<Json>> answer_over_socket(const CommonOptions& common,
                                               const RunAnswer& answer);
struct RunSignal {
  std::string id;  // as typed
  std::string name;
  Json data;
  std::string key;  // may be empty
};
// Gives what POST /v1/runs/{id}/signals does.
std::optional<Result<Json>> signal_over_socket(const CommonOptions& common,
                                               const RunSignal& signal);
std::optional<Result<Json>> cancel_over_socket(const CommonOptions& common, const std::string& id);
std::optional<Result<Json>> erase_over_socket(const CommonOptions& common, const std::string& id);
// `body` as of POST /v1/runs.
std::optional<Result<Json>> start_over_socket(const Config& config, const Json& body);

// The key as it is shown.
std::optional<Result<Json>> make_key_over_socket(const Config& config, const Json& order);
std::optional<Result<Json>> revoke_key_over_socket(const Config& config, const std::string& named);

}  // namespace yoke
