using Npgsql;
using Sanctum.Sample.Sdks;
using Sanctum.Testing;

namespace Sanctum.Sdk.Tests;

/// <summary>The driver that fetches its password from the vault, against a real server.</summary>
public sealed class PostgresTests
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task Npgsql_signs_in_with_the_vaults_password_and_with_the_next_one_after_a_rotation()
    {
        await using var server = await PostgresServer.StartAsync("first-9fQ2x7");
        await using var vault = await TestVault.StartAsync();
        await vault.StoreAsync("db/main", "first-9fQ2x7");
        await using var client = vault.CreateClient();
        await using var database = Databases.Npgsql(client, $"Host=127.0.0.1;Port={server.Port};Username=app;Database=postgres", Refresh);
        Assert.Equal("app", await UserAsync(database));

        await server.RotateAsync("second-9fQ2x7");
        await vault.StoreAsync("db/main", "second-9fQ2x7");
        database.Clear();
        for (var left = TimeSpan.FromSeconds(30); ; left -= Refresh)
        {
            try
            {
                Assert.Equal("app", await UserAsync(database));
                return;
            }
            catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InvalidPassword && left > TimeSpan.Zero)
            {
                await Task.Delay(Refresh); // The password is fetched again after this time.
            }
        }
    }

    private static async Task<object?> UserAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("SELECT current_user::text");
        return await command.ExecuteScalarAsync();
    }
}
