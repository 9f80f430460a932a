#pragma once

#include <string>

#include "hosts/terminal/terminal.h"

namespace yoke {

// What every command may be told.
struct CommonOptions {
  std::string config;
  std::string store;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  ColorChoice color = ColorChoice::automatic;
};

enum class WhenAsked { ask, yes, deny };  // what becomes of approvals

}  // namespace yoke
