#pragma once

#include <string>
#include <variant>
#include <vector>

#include "hosts/hook/reply.h"
#include "hosts/hook/webhooks/signature.h"

// What a webhook says, once its signature holds. Pure.
namespace yoke {

struct Delivery {
  std::string id;     // the same for each attempt at it; at most 100 safe characters
  std::string event;  // "issues.opened", "app_mention", "/ask", "message"; may be empty
  Json payload;
};

// To be answered at once, without a run: a challenge, a ping.
struct DeliveryAnswer {
  HttpReply reply;
};

using Received = std::variant<Refusal, DeliveryAnswer, Delivery>;

// `signature` is the value that was verified; it names a delivery that has no better name.
Received read_delivery(HookScheme scheme, const HttpHeaders& headers, const std::string& body,
                       const HookProof& proof);

// Whether the hook's `events` let it pass: globs over "issues.opened", or its first part alone.
bool wants_event(const std::vector<std::string>& globs, const std::string& event);

// What a script may see of the headers: nothing that proves who sent it.
Json safe_headers(const HttpHeaders& headers);

// What a run is started with.
struct HookStart {
  std::string task;
  Json input = Json::object();
  std::string session;
};

// As the scheme has it: what a person wrote to Slack or Teams is the task, else one sentence.
HookStart plain_start(HookScheme scheme, const std::string& hook, const Delivery& delivery);

// "github-{repository.full_name}" with what the payload has there. Errors: invalid, naming the path
// that is not there, or the text that is no pattern.
Result<std::string> fill_session(const std::string& pattern, const Json& payload);
Result<void> check_session_pattern(const std::string& pattern);

// "a=1&b=%20": decoded, in order; none when it is no such text.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_form(std::string_view body);

}  // namespace yoke
