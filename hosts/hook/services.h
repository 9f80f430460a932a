#pragma once

#include "hosts/app/app.h"
#include "hosts/hook/drivers.h"
#include "hosts/hook/gatekeeper.h"
#include "hosts/hook/run_feed.h"
#include "runtime/loop/clock.h"

namespace yoke {

// What endpoints are built over. All borrowed; it outlives them.
struct HookServices {
  App& app;
  Drivers& drivers;
  RunFeed& feed;
  Gatekeeper& gate;
  WallClock& wall;
};

}  // namespace yoke
