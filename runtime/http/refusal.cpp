#include "runtime/http/refusal.h"

#include "runtime/base/json.h"
#include "runtime/http/message_text.h"

namespace yoke {
namespace {

struct Kind {
  std::string_view name;
  int status;
};

constexpr std::array<Kind, kHttpRefusals> kKinds{{
    {"malformed", 400},
    {"version", 505},
    {"coding", 501},
    {"expectation", 417},
    {"long_target", 414},
    {"large_head", 431},
    {"large_body", 413},
    {"slow_head", 408},
    {"slow_body", 408},
    {"no_memory", 503},
    {"full", 503},
    {"full_for_peer", 429},
    {"failed_handshake", 400},
    {"slow_reader", 408},
}};

}  // namespace

std::string_view name_of(HttpRefusal refusal) {
  return kKinds[static_cast<std::size_t>(refusal)].name;
}

int status_of(HttpRefusal why) { return kKinds[static_cast<std::size_t>(why)].status; }

namespace {

HttpReply problem_with(int status, std::string_view code, std::string_view detail) {
  Json body;
  body["type"] = "about:blank";
  body["title"] = reason_phrase(status);
  body["status"] = status;
  body["code"] = code;
  if (!detail.empty()) body["detail"] = detail;
  HttpReply reply;
  reply.status = status;
  reply.headers.add("Content-Type", "application/problem+json");
  reply.body = body.dump() + "\n";
  return reply;
}

}  // namespace

HttpReply problem_reply(int status, std::string_view detail) {
  return problem_with(status, status == 500 ? "failed" : "refused", detail);
}

HttpReply refusal_reply(const HttpRefused& refused) {
  HttpReply reply = problem_with(refused.status, name_of(refused.why), refused.detail);
  if (refused.retry_after) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*refused.retry_after).count();
    reply.headers.add("Retry-After", std::to_string(seconds));
  }
  return reply;
}

HttpRefused refused_for(HttpRefusal why, std::string_view detail,
                        std::chrono::milliseconds retry_after) {
  HttpRefused refused;
  refused.why = why;
  refused.status = status_of(why);
  refused.detail = detail;
  if (refused.status == 429 || refused.status == 503) refused.retry_after = retry_after;
  return refused;
}

}  // namespace yoke
