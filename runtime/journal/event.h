#pragma once

#include <cstdint>
#include <string>

#include "runtime/base/json.h"
#include "runtime/base/label.h"
#include "runtime/journal/event_table.h"
#include "runtime/store/types.h"

namespace yoke {

// One entry of a journal, as everything above the store sees it.
struct Event {
  EventKind kind{};
  std::int64_t seq = 0;  // from 1, gapless; set when it is appended
  Micros at = 0;
  std::string run_id;  // the run that wrote it
  std::string call_id;
  std::string parent_call;
  int attempt = 0;
  std::string reason;
  Label label;
  bool erased = false;  // its fields are gone
  Json fields = Json::object();
};

// Whether the event is as the table says: required fields there, types right, nothing unknown.
Result<void> check_event(const Event& event);

RecordIn to_record(const Event& event);
Result<Event> event_from_record(const Record& record);

// What a reader says of a run whose content is gone.
Error content_erased(const std::string& run_id);

// What a reader says of a journal that is not as it was written: the run, the event and the mend.
Error damaged_at(const std::string& run_id, std::int64_t seq, const std::string& why);

// The public form, the same in `yoke runs events --json`, SSE and `--json`:
// {"seq":7,"run":"…","kind":"tool.called","at":"2026-…Z","call_id":…, the fields …}; of an erased
// event "erased":true instead of the fields.
Json to_json(const Event& event);

}  // namespace yoke
