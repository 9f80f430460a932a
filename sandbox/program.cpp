#include "sandbox/program.h"

#include <algorithm>
#include <charconv>

#include "runtime/base/text.h"
#include "sandbox/governor.h"
#include "sandbox/lua_entry.h"

namespace yoke::sandbox {

namespace {

constexpr std::size_t kMessageBytesMax = 4'096;

int write_bytes(lua_State*, const void* data, std::size_t size, void* out) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(data), size);
  return 0;
}

// Lua shortens names longer than this in its messages, and then a place could not be told from
// text.
constexpr std::size_t kFileBytesMax = LUA_IDSIZE - 2;

std::string file_of_library(std::string name) {
  std::replace(name.begin(), name.end(), '.', '/');
  return name + ".lua";
}

struct Job {
  std::string_view text;
  std::string chunk_name;
  std::string bytecode;
};

int compile_entry(lua_State* L) {
  auto& job = *static_cast<Job*>(lua_touserdata(L, 1));
  if (luaL_loadbufferx(L, job.text.data(), job.text.size(), job.chunk_name.c_str(), "t") !=
      LUA_OK) {
    return lua_error(L);
  }
  lua_dump(L, write_bytes, &job.bytecode, 0);
  return 0;
}

// Runs the compiler in a state of its own, so that a hostile text meets no script's memory.
std::string compile_in_state(Job& job, const Quota& quota) {
  Governor governor(quota);
  lua_State* L = lua_newstate(&Governor::allocate, &governor);
  if (L == nullptr) return "not enough memory to compile it";
  *static_cast<Governor**>(lua_getextraspace(L)) = &governor;
  lua_pushcfunction(L, lua_entry<compile_entry>);
  lua_pushlightuserdata(L, &job);
  std::string problem;
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
    problem = governor.dead() ? "not enough memory to compile it" : std::string(text_at(L, -1));
  }
  lua_close(L);
  return problem;
}

std::string display_name(const std::string& name) {
  if (name.size() <= kFileBytesMax) return name;
  return name.substr(name.size() - kFileBytesMax);
}

Result<Program::Chunk> compile_chunk(std::string require_name, std::string file,
                                     const std::string& text, const Quota& quota) {
  if (text.size() > static_cast<std::size_t>(quota.source_bytes_max)) {
    return Error{Errc::too_large,
                 "a source file may have at most " + std::to_string(quota.source_bytes_max) +
                     " bytes; this one has " + std::to_string(text.size()),
                 file};
  }
  Job job{text, "@" + file, {}};
  const std::string problem = compile_in_state(job, quota);
  if (problem.empty()) {
    return Program::Chunk{std::move(require_name), std::move(file), std::move(job.bytecode)};
  }
  const Program only_this({{{}, file, {}}});
  Located located = split_place(problem, only_this);
  return Error{Errc::invalid, to_message(located.text),
               located.place.empty() ? file : std::move(located.place)};
}

}  // namespace

Result<std::shared_ptr<const Program>> compile(const Source& source, const Quota& quota) {
  std::vector<Program::Chunk> chunks;
  auto main = compile_chunk({}, display_name(source.name), source.text, quota);
  if (!main) return main.error();
  chunks.push_back(std::move(*main));
  for (const auto& [name, text] : source.libs) {
    auto library = compile_chunk(name, display_name(file_of_library(name)), text, quota);
    if (!library) return library.error();
    chunks.push_back(std::move(*library));
  }
  return std::make_shared<const Program>(std::move(chunks));
}

const Program::Chunk* Program::library(std::string_view require_name) const {
  for (std::size_t i = 1; i < chunks_.size(); ++i) {
    if (chunks_[i].require_name == require_name) return &chunks_[i];
  }
  return nullptr;
}

bool Program::has_file(std::string_view file) const {
  return std::any_of(chunks_.begin(), chunks_.end(),
                     [&](const Chunk& chunk) { return chunk.file == file; });
}

void load_chunk(lua_State* L, const Program::Chunk& chunk) {
  const std::string name = "@" + chunk.file;
  const int status = luaL_loadbufferx(L, chunk.bytecode.data(), chunk.bytecode.size(), name.c_str(),
                                      "b");  // ours alone: compile() made it
  if (status == LUA_ERRMEM) governor_of(L).raise(L, Bound::memory);
  if (status != LUA_OK) lua_error(L);
}

Located split_place(std::string_view message, const Program& program) {
  for (std::size_t colon = message.find(':'); colon != std::string_view::npos;
       colon = message.find(':', colon + 1)) {
    int line = 0;
    const char* const first = message.data() + colon + 1;
    const char* const last = message.data() + message.size();
    const auto [end, failure] = std::from_chars(first, last, line);
    if (failure != std::errc() || end == last || *end != ':') continue;
    if (!program.has_file(message.substr(0, colon))) continue;
    const auto size = static_cast<std::size_t>(end - message.data());
    std::string_view text = message.substr(size + 1);
    if (text.starts_with(' ')) text.remove_prefix(1);
    return {std::string(message.substr(0, size)), std::string(text)};
  }
  return {{}, std::string(message)};
}

std::string to_message(std::string_view text) {
  std::string line = printable(to_valid_utf8(text.substr(0, 4 * kMessageBytesMax)));
  for (char& c : line) {
    if (c == '\n' || c == '\t' || c == '\r') c = ' ';
  }
  return shorten(line, kMessageBytesMax);
}

}  // namespace yoke::sandbox
