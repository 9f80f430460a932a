#include "hosts/app/mcp_memory.h"

#include <filesystem>
#include <fstream>

#include "hosts/config/read_file.h"

namespace yoke {

std::optional<mcp::ServerMemory> read_mcp_memory(const std::string& file) {
  const Result<std::string> text = read_file(file);
  if (!text) return std::nullopt;
  const Result<Json> value = parse_json(*text);
  if (!value) return std::nullopt;
  mcp::ServerMemory memory;
  memory.identity = string_at(*value, "identity");
  memory.version = string_at(*value, "version");
  const auto era = mcp::era_of(memory.version);
  if (!era) return std::nullopt;
  memory.self.era = *era;
  memory.self.version = memory.version;
  memory.self.capabilities = mcp::server_capabilities_from_json(member_at(*value, "capabilities"));
  memory.self.server = mcp::implementation_from_json(member_at(*value, "server"));
  memory.self.instructions = string_at(*value, "instructions");
  memory.tools = member_at(*value, "tools");
  return memory;
}

void write_mcp_memory(const std::string& file, const mcp::ServerMemory& memory) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path path = file;
  fs::create_directories(path.parent_path(), ignored);
  const Json value = {{"identity", memory.identity},
                      {"version", memory.version},
                      {"capabilities", mcp::to_json(memory.self.capabilities)},
                      {"server", mcp::to_json(memory.self.server)},
                      {"instructions", memory.self.instructions},
                      {"tools", memory.tools}};
  const std::string part = file + ".part";
  std::ofstream out(part, std::ios::binary | std::ios::trunc);
  out << to_pretty_text(value) << "\n";
  out.close();
  if (out) fs::rename(part, path, ignored);
}

}  // namespace yoke
