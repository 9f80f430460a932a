#include "runtime/store/keeper.h"

namespace yoke {

Result<StoreKeeper*> keeper_of(Store& store) {
  auto* keeper = dynamic_cast<StoreKeeper*>(&store);
  if (keeper != nullptr) return keeper;
  return Error{Errc::unsupported,
               "this store ends with its process and keeps no record: use --store sqlite:PATH"};
}

}  // namespace yoke
