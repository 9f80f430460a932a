#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/store/chain.h"
#include "runtime/store/keeper.h"

// Journals outside of their store: a file of lines, a JSON object each, that can be verified and
// taken in elsewhere. Pure.
namespace yoke {

// That a root covers a run up to an event, shown without the other runs it covers.
struct SealProof {
  AuditRoot root;
  std::int64_t seq = 0;
  std::vector<MerkleStep> path = {};
};

struct FiledRun : MovedRun {
  std::optional<SealProof> proof = {};
};
struct FiledRoot {
  AuditRoot root;
  std::vector<RunHead> heads;
};
using FiledPart = std::variant<FiledRun, FiledRoot, KeptValue, LedgerRow>;

// Where a file is from.
struct FileOrigin {
  std::string store = {};  // the id of the store
  Micros at = 0;           // when it was written
  bool whole = false;      // all that the store holds, so that another may take its place
};

struct FiledCounts {
  std::int64_t runs = 0;
  std::int64_t events = 0;
  std::int64_t roots = 0;
};

// Writes such a file, a part after the other: forks after what they were forked off.
class RecordFileWriter {
 public:
  using Sink = std::function<void(std::string_view line)>;  // with its line break

  RecordFileWriter(Sink sink, const FileOrigin& origin);

  void write(const FiledRun& run);
  void write(const FiledRoot& root);
  void write(const KeptValue& value);
  void write(const LedgerRow& spent);  // outside of any run
  void end();                          // without it the file counts as cut off

  const FiledCounts& counts() const { return counts_; }

 private:
  void line(const Json& value);

  Sink sink_;
  Hash running_{};  // over all lines so far
  std::map<Hash, bool> programs_;
  FiledCounts counts_;
};

// Reads it, line by line. A run is given when the line after it was read.
//
// Errors: invalid; `place` is "line N". unsupported: a later version's file.
// Limits: a line of at most 256 MiB.
class RecordFileReader {
 public:
  Result<std::vector<FiledPart>> take(std::string_view line);
  // That the file came to its end, and was not changed or cut on the way.
  Result<void> end() const;

  const FileOrigin& origin() const { return origin_; }  // without its time
  const FiledCounts& counts() const { return counts_; }

 private:
  Result<void> begin(const Json& value);
  Result<void> part(const Json& value, std::vector<FiledPart>& parts);
  Result<void> begin_run(const Json& value);
  Result<void> add_to_run(const Json& value);
  void close(const Json& end);
  Error wrong(const std::string& why) const;

  FileOrigin origin_;
  std::int64_t line_ = 0;
  bool ended_ = false;
  bool changed_ = false;  // its lines do not come to what its end says
  Hash running_{};
  std::optional<FiledRun> run_;  // that is being read
  std::map<Hash, std::string> programs_;
  FiledCounts counts_;
};

// What is wrong with a run as it was filed: its chain, its program, its row, what it spent. Empty:
// nothing.
std::vector<ChainBreak> check_filed(const FiledRun& run);

// What is wrong with the proof of a run, whose chain was checked; empty: nothing. `keys`: whose
// signature it must have; none: anybody's or nobody's.
std::string wrong_in_proof(const FiledRun& run, const std::vector<std::string>& keys);

}  // namespace yoke
