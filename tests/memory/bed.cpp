#include "tests/memory/bed.h"

#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

namespace yoke {
namespace {

std::string new_folder() {
  static int number = 0;
  const auto path = std::filesystem::temp_directory_path() /
                    ("yoke-memory-" + std::to_string(::getpid()) + "-" + std::to_string(++number));
  std::filesystem::create_directories(path);
  return path.string();
}

}  // namespace

awaitable<EmbedOutcome> ChosenVectors::embed(EmbedRequest request, Deadline) {
  EmbedReply reply;
  reply.target = target;
  for (const std::string& text : request.texts) {
    const auto found = vectors.find(text);
    if (found == vectors.end()) {
      ModelFailure failure;
      failure.failure_class = FailureClass::server;
      failure.message = "the vendor is not there";
      co_return failure;
    }
    reply.vectors.push_back(found->second);
  }
  asked.push_back(std::move(request));
  co_return reply;
}

MemoryBed::MemoryBed(MemoryOptions given, bool on_disk)
    : folder(new_folder()), options(std::move(given)) {
  if (on_disk) options.path = folder + "/memory.db";
  reopen();
}

MemoryBed::~MemoryBed() {
  memory.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

void MemoryBed::reopen() {
  memory.reset();
  SqliteMemory::Services services{clock, random, [this] { return &vectors; }};
  memory = std::make_unique<SqliteMemory>(std::move(services), options);
}

SavedMemory MemoryBed::save(NewMemory entry) {
  const Result<SavedMemory> saved = wait(memory->save(std::move(entry)));
  if (!saved) FAIL(saved.error().message());
  return *saved;
}

std::vector<std::string> MemoryBed::texts(MemoryQuery query) {
  const Result<MemoryFound> found = wait(memory->search(std::move(query)));
  if (!found) FAIL(found.error().message());
  std::vector<std::string> out;
  for (const MemoryHit& hit : found->hits) out.push_back(hit.entry.text);
  return out;
}

bool MemoryBed::file_holds(const std::string& bytes) const {
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(file.path(), std::ios::binary);
    std::stringstream all;
    all << in.rdbuf();
    if (all.str().find(bytes) != std::string::npos) return true;
  }
  return false;
}

MemoryPlace place_of(const std::string& text) {
  const std::size_t colon = text.find(':');
  MemoryPlace place;
  place.scope = *memory_scope_from_name(text.substr(0, colon));
  if (colon != std::string::npos) place.owner = text.substr(colon + 1);
  return place;
}

NewMemory remember(const std::string& place, const std::string& key, const std::string& text) {
  NewMemory entry;
  entry.tenant = "local";
  entry.place = place_of(place);
  entry.key = key;
  entry.text = text;
  return entry;
}

MemoryQuery ask(const std::vector<std::string>& places, const std::string& text) {
  MemoryQuery query;
  query.where.tenant = "local";
  for (const std::string& place : places) query.where.places.push_back(place_of(place));
  query.text = text;
  return query;
}

}  // namespace yoke
