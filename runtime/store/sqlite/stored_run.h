#pragma once

#include <optional>
#include <string>

#include "runtime/store/sqlite/database.h"
#include "runtime/store/store.h"

// Rows as both the writer and the readers take them out of the database.
namespace yoke::sqlite {

// A run as its row says.
struct StoredRun {
  std::int64_t run_no = 0;
  std::int64_t owner_epoch = 0;
  int fork_depth = 0;
  RunRow row;  // without its summary
};

std::optional<InboxMessage> message_with(Database& database, std::int64_t run_no,
                                         const std::string& run_id, const std::string& message_id);

// Columns topic, by, at, body, msg_id from `first` on.
InboxMessage message_from(const Query& query, int first, const std::string& run_id);

// JSON that the store itself wrote. StoreFault when it is none.
Json stored_json(std::string_view text);

}  // namespace yoke::sqlite
