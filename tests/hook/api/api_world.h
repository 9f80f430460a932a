#pragma once

#include "hosts/hook/api/api.h"
#include "hosts/hook/api/page.h"
#include "tests/hook/hook_world.h"

namespace yoke::testing {

// The native API alone, served.
class ApiWorld : public HookWorld {
 public:
  explicit ApiWorld(ApiPlace place = ApiPlace::network, const Files& more_files = {});

  Json get(const std::string& id);            // the run
  Json ended(const std::string& id);          // once it has ended
  Json until_waiting(const std::string& id);  // once it waits
  std::string started_and_ended(const std::string& task);
  HttpResponse events_of(const std::string& id, const std::string& query = "");  // as a page
};

}  // namespace yoke::testing
