using Npgsql;

namespace Sanctum.Storage.Postgres;

/// <summary>Hears what others committed that has to be known at once, by a connection of its own: LISTEN lasts as long as that.</summary>
internal sealed class News(NpgsqlDataSource source, string schema) : IAsyncDisposable
{
    private const int LongestName = 63; // Bytes of an identifier.

    private NpgsqlConnection? _connection;

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
            await _connection.WaitAsync(atMost, cancellationToken).ConfigureAwait(false);
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
