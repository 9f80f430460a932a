#pragma once

#include <string>

#include "hosts/app/options.h"

namespace yoke {

// `yoke skills list` and `yoke skills show NAME`. Each returns the exit status.
int skills_list(const CommonOptions& common);
int skills_show(const CommonOptions& common, const std::string& name);

}  // namespace yoke
