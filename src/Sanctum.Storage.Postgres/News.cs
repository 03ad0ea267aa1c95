using System.Diagnostics;
using Npgsql;

namespace Sanctum.Storage.Postgres;

/// <summary>Hears what others committed that has to be known at once, by a connection of its own: LISTEN lasts as long as that. What is this store's own is no news.</summary>
internal sealed class News(NpgsqlDataSource source, string schema, Writer writer) : IAsyncDisposable
{
    private const int LongestName = 63; // Bytes of an identifier.

    // Less than this would be for ever.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private NpgsqlConnection? _connection;
    private volatile bool _isThere;

    /// <summary>Where the news of a schema's vault is sent.</summary>
    public static string ChannelOf(string schema)
    {
        var name = $"sanctum:{schema}";
        return name.Length <= LongestName && name.All(char.IsAscii) ? name : $"sanctum:{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(schema)))[..32]}";
    }

    /// <summary>Waits for news, or for so long. Without a connection it is for so long: who waits looks for itself then.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        try
        {
            _connection ??= await ListenAsync(cancellationToken).ConfigureAwait(false);
            var waited = Stopwatch.StartNew();
            for (var left = atMost; !_isThere && left >= Shortest; left = atMost - waited.Elapsed)
            {
                await _connection.WaitAsync(left, cancellationToken).ConfigureAwait(false);
            }

            _isThere = false;
        }
        catch (Exception failure) when (failure is NpgsqlException or IOException or TimeoutException or InvalidOperationException)
        {
            await CloseAsync().ConfigureAwait(false);
            await Task.Delay(atMost, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync() => await CloseAsync().ConfigureAwait(false);

    private async Task<NpgsqlConnection> ListenAsync(CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
#pragma warning disable CA2100 // The channel's name is quoted.
            await using var listen = new NpgsqlCommand($"LISTEN {Schema.Quoted(ChannelOf(schema))}", connection);
#pragma warning restore CA2100
            await listen.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            connection.Notification += (_, news) => _isThere |= news.PID != writer.ProcessId;
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task CloseAsync()
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }
}
