using Npgsql;

namespace Sanctum.Storage.Postgres.Tests.Moves;

/// <summary>A transaction of somebody else's that stays open, and is rolled back unless it is committed.</summary>
internal sealed class HeldTransaction : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlConnection _connection;

    private HeldTransaction(NpgsqlDataSource source, NpgsqlConnection connection) => (_source, _connection) = (source, connection);

    public static async Task<HeldTransaction> BeginAsync(string database, string sql)
    {
        var source = NpgsqlDataSource.Create(database + ";Pooling=false");
        var held = new HeldTransaction(source, await source.OpenConnectionAsync());
        await held.RunAsync($"BEGIN; {sql}");
        return held;
    }

    public async Task RunAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        await command.ExecuteNonQueryAsync();
    }

    public Task CommitAsync() => RunAsync("COMMIT");

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _source.DisposeAsync();
    }
}
