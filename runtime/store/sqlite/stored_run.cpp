#include "runtime/store/sqlite/stored_run.h"

namespace yoke::sqlite {

Json stored_json(std::string_view text) {
  // What came in passed the door's own bounds; these only stop a damaged file from taking all
  // memory.
  static constexpr JsonLimits kLimits{1u << 30, 256, 50'000'000};
  Result<Json> value = parse_json(text, kLimits);
  if (!value) throw StoreFault("the store holds broken JSON: " + value.error().message());
  return std::move(*value);
}

InboxMessage message_from(const Query& query, int first, const std::string& run_id) {
  InboxMessage message;
  message.run_id = run_id;
  message.topic = query.string(first);
  message.by = query.string(first + 1);
  message.at = query.integer(first + 2);
  message.body = stored_json(query.text(first + 3));
  message.id = query.string(first + 4);
  return message;
}

std::optional<InboxMessage> message_with(Database& database, std::int64_t run_no,
                                         const std::string& run_id, const std::string& message_id) {
  Query query =
      database.sql("SELECT topic, by, at, body, msg_id FROM inbox WHERE run_no=?1 AND msg_id=?2");
  query.bind(run_no, message_id);
  if (!query.step()) return std::nullopt;
  return message_from(query, 0, run_id);
}

}  // namespace yoke::sqlite
