using Sanctum.Storage;

namespace Sanctum.Audit;

/// <summary>What a change was made from is not so any more: another daemon has changed it first. Nothing was written, and it is to be made again from how things are now.</summary>
internal sealed class ChangedMeanwhileException() : Exception("another daemon has changed the same meanwhile")
{
    // Each time somebody else was faster. So many times in a row is more than bad luck.
    private const int MostTries = 32;

    /// <summary>Makes a change, again where others were faster.</summary>
    /// <exception cref="VaultException">They were every time; storage failed.</exception>
    public static async Task<T> RetryAsync<T>(Func<Task<T>> change)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await change().ConfigureAwait(false);
            }
            catch (ChangedMeanwhileException) when (tries < MostTries)
            {
            }
            catch (ChangedMeanwhileException failure)
            {
                throw Errors.StorageFailed(new StoreException(StoreFailure.Conflict, "other daemons change the same all the time; nothing was changed", failure));
            }
        }
    }
}
