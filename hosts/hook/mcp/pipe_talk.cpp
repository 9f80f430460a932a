#include "hosts/hook/mcp/pipe_talk.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tools/mcp/wire/names.h"

namespace yoke::mcp_hook {
namespace {

using mcp::RpcMessage;

constexpr std::string_view kListen = "subscriptions/listen";
constexpr std::string_view kAcknowledged = "notifications/subscriptions/acknowledged";
constexpr std::string_view kCancelled = "notifications/cancelled";
constexpr std::string_view kInitialized = "notifications/initialized";

// Asked twice, they are as asked once.
bool only_looks(const RpcMessage& request) {
  static constexpr std::array<std::string_view, 13> kMethods = {"initialize",
                                                                "ping",
                                                                "server/discover",
                                                                "tools/list",
                                                                "prompts/list",
                                                                "resources/list",
                                                                "resources/templates/list",
                                                                "completion/complete",
                                                                kListen,
                                                                "tasks/get",
                                                                "logging/setLevel",
                                                                "resources/subscribe",
                                                                "resources/unsubscribe"};
  return std::find(kMethods.begin(), kMethods.end(), request.method) != kMethods.end();
}

std::string subscription_of(const RpcMessage& notification) {
  const Json& meta = member_at(notification.params, "_meta");
  return mcp::id_text(member_at(meta, std::string(mcp::meta::kSubscriptionId)));
}

RpcMessage lost(const RpcMessage& request) {
  return mcp::error_message(
      request.id,
      mcp::RpcError{mcp::code::kInternal,
                    "the yoke that worked on this ended before it answered; what it had begun may "
                    "be done or go on: 'yoke runs list' shows it"});
}

}  // namespace

bool PipeTalk::said(const RpcMessage& message) {
  switch (message.kind) {
    case RpcMessage::Kind::request:
      open_.push_back(message);
      if (!only_looks(message)) open_.back().params = Json::object();  // it is not asked again
      return true;
    case RpcMessage::Kind::notification: {
      if (message.method == kInitialized && hello_.size() == 1) hello_.push_back(message);
      if (message.method != kCancelled) return true;
      const Json& id = member_at(message.params, "requestId");
      std::erase_if(open_, [&](const RpcMessage& each) { return each.id == id; });
      return true;
    }
    default:
      return asked_.erase(mcp::id_text(message.id)) == 1;
  }
}

bool PipeTalk::told(const RpcMessage& message) {
  const std::string id = mcp::id_text(message.id);
  if (message.kind == RpcMessage::Kind::request) {
    asked_[id] = message.id;
    return true;
  }
  if (message.kind == RpcMessage::Kind::notification) {
    if (message.method != kAcknowledged) return true;
    const std::string subscription = subscription_of(message);
    listens_.insert(subscription);
    return relisten_.erase(subscription) == 0;
  }
  if (repeated_.erase(id) == 1) return false;
  const auto asked = std::find_if(open_.begin(), open_.end(),
                                  [&](const RpcMessage& each) { return each.id == message.id; });
  if (asked == open_.end()) return true;
  if (message.kind == RpcMessage::Kind::result) settle(*asked);
  listens_.erase(id);
  open_.erase(asked);
  return true;
}

void PipeTalk::settle(const RpcMessage& request) {
  const std::string uri = string_at(request.params, "uri");
  if (request.method == "initialize") hello_ = {request};
  if (request.method == "logging/setLevel") level_ = {request};
  if (request.method == "resources/subscribe") followed_[uri] = request;
  if (request.method == "resources/unsubscribe") followed_.erase(uri);
}

RpcMessage PipeTalk::again(RpcMessage request) {
  if (request.kind != RpcMessage::Kind::request) return request;
  request.id = "yoke-again-" + std::to_string(++count_);
  repeated_.insert(mcp::id_text(request.id));
  return request;
}

std::vector<RpcMessage> PipeTalk::lose(const std::vector<RpcMessage>& unseen) {
  std::vector<RpcMessage> to_client;
  for (const auto& [text, id] : std::exchange(asked_, {})) {
    to_client.push_back(mcp::notification_message(
        std::string(kCancelled), Json{{"requestId", id}, {"reason", "who asked has ended"}}));
  }
  for (RpcMessage& each : std::exchange(open_, {})) {
    const auto kept = std::find_if(unseen.begin(), unseen.end(), [&](const RpcMessage& message) {
      return message.kind == RpcMessage::Kind::request && message.id == each.id;
    });
    if (kept != unseen.end()) {
      open_.push_back(*kept);
    } else if (only_looks(each)) {
      open_.push_back(std::move(each));
    } else {
      to_client.push_back(lost(each));
    }
  }
  repeated_.clear();
  return to_client;
}

std::vector<RpcMessage> PipeTalk::resume() {
  std::vector<RpcMessage> to_answerer;
  for (const RpcMessage& each : hello_) to_answerer.push_back(again(each));
  for (const RpcMessage& each : level_) to_answerer.push_back(again(each));
  for (const auto& [uri, each] : followed_) to_answerer.push_back(again(each));
  relisten_ = listens_;
  to_answerer.insert(to_answerer.end(), open_.begin(), open_.end());
  return to_answerer;
}

std::vector<RpcMessage> PipeTalk::give_up(const std::string& why) {
  std::vector<RpcMessage> errors;
  for (const RpcMessage& each : std::exchange(open_, {})) {
    errors.push_back(mcp::error_message(each.id, mcp::RpcError{mcp::code::kInternal, why}));
  }
  return errors;
}

}  // namespace yoke::mcp_hook
