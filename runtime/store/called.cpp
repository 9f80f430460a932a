#include "runtime/store/called.h"

#include "runtime/store/rules.h"

namespace yoke {

bool is_call(const RunRow& row) {
  const std::string& call = row.parent_call;
  if (row.parent_run.empty() || call.empty()) return false;
  return !(call.size() > 1 && call[0] == 'm' && call[1] >= '0' && call[1] <= '9');
}

std::optional<InboxMessage> store_rules::news_of_child(const RunRow& row, Micros now) {
  if (!is_call(row)) return std::nullopt;
  InboxMessage news;
  news.run_id = row.parent_run;
  news.id = "child:" + row.run_id;
  news.topic = "child";
  news.by = row.run_id;
  news.at = now;
  news.body = Json{{"child", row.run_id}, {"call", row.parent_call}};
  return news;
}

}  // namespace yoke
