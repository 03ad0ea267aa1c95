using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>A PostgreSQL and its synchronous standby, on loopback, as two servers of a cluster that can change places.</summary>
internal sealed class ReplicatedPair : IAsyncDisposable
{
    private readonly PostgresServer _programs = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sanctum-pair-");
    private readonly int[] _ports = [FreePort(), FreePort()];
    private int _schemas, _primary;

    private int Standby => 1 - _primary;

    public async ValueTask InitializeAsync()
    {
        PostgresServer.SkipWithout();
        if (Environment.IsPrivilegedProcess)
        {
            await _programs.RunAsync("/bin/chown", ["postgres", _folder.FullName], asRoot: true);
        }

        await _programs.RunAsync("initdb", ["-D", DataOf(0), "-A", "trust", "-U", "owner"]);
        await File.AppendAllTextAsync(Path.Join(DataOf(0), "postgresql.conf"), "\nwal_level = replica\nsynchronous_standby_names = 'second'\nwal_retrieve_retry_interval = 200ms\n");
        await StartAsync(0);
        await CopyToStandbyAsync();
    }

    /// <summary>Where each of them listens: on a Unix socket too.</summary>
    public string SocketOf(int number) => Path.Join(_folder.FullName, string.Create(CultureInfo.InvariantCulture, $".s.PGSQL.{_ports[number]}"));

    /// <summary>A connection string that names both servers, with a schema that nothing has used yet.</summary>
    public string NewVault() => string.Create(
        CultureInfo.InvariantCulture, $"Host=127.0.0.1:{_ports[0]},127.0.0.1:{_ports[1]};Username=owner;Database=postgres;Search Path=vault_{Interlocked.Increment(ref _schemas)}");

    /// <summary>The same vault, by a connection string that names only the server that is the standby now.</summary>
    public string OnlyStandby(string vault) => string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={_ports[Standby]};{vault[(vault.IndexOf(';', StringComparison.Ordinal) + 1)..]}");

    /// <summary>Runs SQL on the primary.</summary>
    /// <returns>The first value of the first row.</returns>
    public Task<object?> SqlAsync(string sql) => SqlAsync(_primary, sql);

    private async Task<object?> SqlAsync(int number, string sql)
    {
        await using var source = NpgsqlDataSource.Create(string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={_ports[number]};Username=owner;Database=postgres;Pooling=false"));
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>Ends the primary as a crash would.</summary>
    public Task KillPrimaryAsync() => StopAsync(_primary);

    /// <summary>Starts the primary again.</summary>
    public Task StartPrimaryAsync() => StartAsync(_primary);

    public Task KillStandbyAsync() => StopAsync(Standby);

    public Task StartStandbyAsync() => StartAsync(Standby);

    /// <summary>Ends the primary as a crash would, a moment after the standby has stopped hearing from it: what was not waited for is lost.</summary>
    public async Task KillPrimaryUnheardAsync()
    {
        // It is told of no primary: what lies in a connection's buffers would still be read.
        await SqlAsync(Standby, "ALTER SYSTEM SET primary_conninfo = ''");
        await SqlAsync(Standby, "SELECT pg_reload_conf()");
        await SeveralVaults.UntilAsync(async () => await SqlAsync(Standby, "SELECT count(*) FROM pg_stat_wal_receiver") is 0L, TimeSpan.FromSeconds(60));
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        await KillPrimaryAsync();
    }

    /// <summary>Has the standby take over. It would go on waiting for a standby of its own.</summary>
    public async Task PromoteStandbyAsync()
    {
        await File.AppendAllTextAsync(Path.Join(DataOf(Standby), "postgresql.auto.conf"), "\nsynchronous_standby_names = ''\n");
        await _programs.RunAsync("pg_ctl", ["-D", DataOf(Standby), "-w", "promote"]);
        await _programs.RunAsync("pg_ctl", ["-D", DataOf(Standby), "reload"]);
        _primary = Standby;
    }

    /// <summary>Makes the server that was the primary a standby that is waited for.</summary>
    public async Task ReplaceStandbyAsync()
    {
        Directory.Delete(DataOf(Standby), recursive: true);
        await CopyToStandbyAsync();
        await SqlAsync("ALTER SYSTEM SET synchronous_standby_names = 'second'");
        await SqlAsync("SELECT pg_reload_conf()");
        await UntilInStepAsync();
    }

    /// <summary>Waits until the standby has all that the primary has committed, and every commit waits for it.</summary>
    public Task UntilInStepAsync() => SeveralVaults.UntilAsync(
        async () => await SqlAsync("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") is 1L, TimeSpan.FromSeconds(60));

    public async ValueTask DisposeAsync()
    {
        foreach (var number in (int[])[0, 1])
        {
            if (File.Exists(Path.Join(DataOf(number), "postmaster.pid")))
            {
                await StopAsync(number);
            }
        }

        _folder.Delete(recursive: true);
        await _programs.DisposeAsync();
    }

    private static int FreePort()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    private async Task CopyToStandbyAsync()
    {
        await _programs.RunAsync("pg_basebackup", ["-D", DataOf(Standby), "-R", "-c", "fast", "-d", string.Create(CultureInfo.InvariantCulture, $"host=127.0.0.1 port={_ports[_primary]} user=owner application_name=second")]);
        await StartAsync(Standby);
    }

    private Task StopAsync(int number) => _programs.RunAsync("pg_ctl", ["-D", DataOf(number), "-m", "immediate", "stop"]);

    private Task StartAsync(int number) => _programs.RunAsync(
        "pg_ctl", ["-D", DataOf(number), "-w", "-l", Path.Join(_folder.FullName, $"log{number}"), "-o", string.Create(CultureInfo.InvariantCulture, $"-c listen_addresses=127.0.0.1 -p {_ports[number]} -k {_folder.FullName}"), "start"]);

    private string DataOf(int number) => Path.Join(_folder.FullName, $"data{number}");
}
