#include "hosts/control/socket_path.h"

#include <filesystem>

namespace yoke {

std::string control_socket_of(const Config& config) {
  if (!config.store_url.starts_with("sqlite:")) return {};
  const std::filesystem::path file = config.store_url.substr(7);
  return (file.parent_path() / "yoke.sock").string();
}

}  // namespace yoke
