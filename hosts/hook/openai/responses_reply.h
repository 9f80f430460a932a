#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hosts/hook/openai/responses_request.h"
#include "hosts/hook/openai/streamed.h"
#include "hosts/hook/openai/streaming.h"

namespace yoke::openai {

// What a response says of itself, whatever becomes of it.
struct ResponseHead {
  std::string id;
  std::string run_id;
  std::string model;  // as it was asked for
  std::int64_t created_s = 0;
  bool of_agent = false;
  bool encrypted_reasoning = false;
  bool background = false;
  bool store = true;
  std::string conversation;
  Json echo = Json::object();
};
Json to_json(const ResponseHead& head);  // to be kept with its run
ResponseHead response_head_from_json(const Json& value);

// A "response" object, before it is answered: "queued" or "in_progress", or "cancelled".
Json response_json(const ResponseHead& head, const std::string& status);
// … answered: completed, or incomplete where its length or a filter ended it.
Json response_json(const ResponseHead& head, const TalkReply& reply);
// … failed.
Json response_json(const ResponseHead& head, const Refusal& refusal);

// The events of a streamed response, as bytes to be sent. Pure.
class ResponseStream final : public EventStream {
 public:
  explicit ResponseStream(ResponseHead head) : head_(std::move(head)), streamed_(head_.of_agent) {}

  std::string begin() override;
  std::string add(const Delta& delta) override;
  std::string add_note(const std::string& text) override;
  void end_turn() override { streamed_.end_turn(); }
  std::string end(const TalkReply& reply) override;
  std::string fail(const Refusal& refusal) override;

 private:
  enum class Kind : std::uint8_t { reasoning, message, call };
  struct Open {
    Kind kind = Kind::message;
    std::string text;  // of it so far: text or arguments
    Json item;         // as it will be when it is done
  };

  std::string event(const char* type, Json fields);
  std::string open(Kind kind, Json item);
  std::string add_piece(const std::string& text);
  std::string add_text(Kind kind, const std::string& text);
  std::string open_call(const std::string& call_id, const std::string& name);
  std::string close();
  std::string close_text();
  std::string add_refusal(const std::string& text);
  Json part_place(const char* index) const;

  const ResponseHead head_;
  Streamed streamed_;
  std::int64_t sequence_ = 0;
  Json output_ = Json::array();  // items that are done
  std::optional<Open> open_;
};

}  // namespace yoke::openai
