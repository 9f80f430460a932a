#include "hosts/hook/mcp/changes.h"

#include <utility>
#include <vector>

#include "hosts/app/segment.h"
#include "hosts/hook/mcp/resources.h"
#include "runtime/journal/event_table.h"

namespace yoke::mcp_hook {

Changes::Changes(Engine& engine, const Catalogue& catalogue)
    : engine_(engine), catalogue_(catalogue) {
  engine_.subscribe(*this);
}

Changes::~Changes() { engine_.unsubscribe(*this); }

Changes::Watch::Watch(Changes& changes, const Principal& who, const Interests& interests, Tell tell)
    : changes_(changes),
      who_(who),
      interests_(interests),
      tell_(std::move(tell)),
      place_(changes.watches_.insert(changes.watches_.end(), this)) {
  if (changes_.watches_.size() == 1) changes_.note();  // what came before is no news to it
}

Changes::Watch::~Watch() { changes_.watches_.erase(place_); }

void Changes::note() {
  tools_seen_ = catalogue_.tools_as_of();
  prompts_seen_ = catalogue_.prompts_as_of();
}

void Changes::look() {
  if (watches_.empty()) return;
  const std::string tools = std::exchange(tools_seen_, {});
  const std::string prompts = std::exchange(prompts_seen_, {});
  note();
  const bool new_tools = tools != tools_seen_;
  const bool new_prompts = prompts != prompts_seen_;
  for (const Watch* watch : watches_) {
    const Json nothing = Json::object();
    if (new_tools && watch->interests_.tools) {
      watch->tell_("notifications/tools/list_changed", nothing);
    }
    if (new_prompts && watch->interests_.prompts) {
      watch->tell_("notifications/prompts/list_changed", nothing);
    }
  }
}

void Changes::on_event(const Event& event) {
  if (event.kind == EventKind::run_started) {
    tenants_[event.run_id] = string_at(event.fields, "tenant");
  }
  tell_task(event);
  const auto run = tenants_.find(event.run_id);
  if (event.kind == EventKind::memory_written && run != tenants_.end()) {
    tell_memory(event, run->second);
  }
  const auto status = spec_of(event.kind).status_after;
  if (!status || !is_final(*status)) return;
  if (run != tenants_.end()) tenants_.erase(run);
  look();
}

// Whether a task works, waits for its holder or has ended.
void Changes::tell_task(const Event& event) {
  const bool asks = event.kind == EventKind::question_asked ||
                    event.kind == EventKind::question_answered ||
                    event.kind == EventKind::question_expired;
  if (!asks && !spec_of(event.kind).status_after) return;
  for (const Watch* watch : watches_) {
    if (!watch->interests_.tasks.contains(event.run_id)) continue;
    watch->tell_("notifications/tasks", Json{{"taskId", event.run_id}});
  }
}

// The event does not say whose entry it is: those of the scope that have this key are told of.
void Changes::tell_memory(const Event& event, const std::string& tenant) {
  const std::string scope = "memory://" + string_at(event.fields, "scope") + "/";
  const std::string key = "/" + to_segment(string_at(event.fields, "key"));
  for (const Watch* watch : watches_) {
    if (watch->who_.tenant != tenant) continue;
    for (const std::string& uri : watch->interests_.uris) {
      if (!uri.starts_with(scope) || !uri.ends_with(key)) continue;
      if (!may_see_memory(watch->who_, uri)) continue;
      watch->tell_("notifications/resources/updated", Json{{"uri", uri}});
    }
    if (watch->interests_.resources) {
      watch->tell_("notifications/resources/list_changed", Json::object());
    }
  }
}

}  // namespace yoke::mcp_hook
