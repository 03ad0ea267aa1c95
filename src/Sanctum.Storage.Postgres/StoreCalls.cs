using System.Net.Sockets;
using Npgsql;

namespace Sanctum.Storage.Postgres;

/// <summary>Calls of the database's client, whose failures are the store's.</summary>
internal static class StoreCalls
{
    /// <exception cref="StoreException">It failed.</exception>
    public static Task RunAsync(Func<Task> call) => RunAsync(async () =>
    {
        await call().ConfigureAwait(false);
        return true;
    });

    /// <exception cref="StoreException">It failed.</exception>
    public static async Task<T> RunAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NpgsqlException or IOException or SocketException or TimeoutException)
        {
            throw StoreErrors.From(failure);
        }
    }
}
