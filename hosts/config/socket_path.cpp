#include "hosts/config/socket_path.h"

#include <filesystem>

namespace yoke {

std::string control_socket_of(const Config& config) {
  if (!config.store_url.starts_with("sqlite:")) return {};
  std::filesystem::path file = config.store_url.substr(7);
  if (file.extension() == ".db") file.replace_extension();
  file += ".sock";
  return file.string();
}

}  // namespace yoke
