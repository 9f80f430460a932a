#pragma once

#include <string_view>

namespace yoke {

// Who works at this machine: its files are the project's, its secrets those of [secrets].
inline constexpr std::string_view kLocalTenant = "local";

bool is_tenant_name(std::string_view name);
inline constexpr std::string_view kTenantNameRule =
    "1 to 64 of a-z, 0-9, '_', '.' and '-', the first a letter or a digit";

}  // namespace yoke
