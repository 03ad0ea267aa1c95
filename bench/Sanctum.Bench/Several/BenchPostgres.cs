using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Sanctum.Bench.Several;

/// <summary>A PostgreSQL of Debian's with its own defaults, so synchronised at each commit, in a folder of its own.</summary>
internal sealed class BenchPostgres : IAsyncDisposable
{
    private readonly string _programs;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sanctum-bench-pg-");

    private BenchPostgres(string programs) => _programs = programs;

    private string Data => Path.Join(_folder.FullName, "data");

    /// <summary>Starts an empty one.</summary>
    /// <exception cref="InvalidOperationException">There is none on this machine.</exception>
    public static async Task<BenchPostgres> StartAsync()
    {
        var postgres = await PrepareAsync();
        await postgres.RunOwnAsync("initdb", ["-D", postgres.Data, "-A", "trust", "-U", "owner"]);
        await postgres.StartServerAsync();
        return postgres;
    }

    /// <summary>Starts one that follows another, which from then on waits for it at each commit.</summary>
    public static async Task<BenchPostgres> FollowAsync(BenchPostgres primary)
    {
        var postgres = await PrepareAsync();
        await postgres.FollowAgainAsync(primary);
        return postgres;
    }

    /// <summary>A connection string for a vault here; or wherever it is served, here or there.</summary>
    public string Vault(string name, BenchPostgres? orThere = null) =>
        $"Host={string.Join(',', new[] { _folder.FullName, orThere?._folder.FullName }.OfType<string>())};Username=owner;Database=postgres;Search Path={name}";

    /// <summary>Ends it as a crash would.</summary>
    public Task KillAsync() => RunOwnAsync("pg_ctl", ["-D", Data, "-m", "immediate", "stop"]);

    /// <summary>Has it take over. It waits for no standby then.</summary>
    public async Task PromoteAsync()
    {
        await File.AppendAllTextAsync(Path.Join(Data, "postgresql.auto.conf"), "\nsynchronous_standby_names = ''\n");
        await RunOwnAsync("pg_ctl", ["-D", Data, "-w", "promote"]);
        await RunOwnAsync("pg_ctl", ["-D", Data, "reload"]);
    }

    /// <summary>Follows another, with all that this one had thrown away.</summary>
    public async Task FollowAgainAsync(BenchPostgres primary)
    {
        if (Directory.Exists(Data))
        {
            Directory.Delete(Data, recursive: true);
        }

        await RunOwnAsync("pg_basebackup", ["-D", Data, "-R", "-c", "fast", "-d", $"host={primary._folder.FullName} user=owner application_name=follower"]);
        await StartServerAsync();
        await primary.SqlAsync("ALTER SYSTEM SET synchronous_standby_names = 'follower'");
        await primary.SqlAsync("SELECT pg_reload_conf()");
        for (var waited = Stopwatch.StartNew(); await primary.SqlAsync("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") is not 1L; await Task.Delay(50))
        {
            if (waited.Elapsed > TimeSpan.FromMinutes(1))
            {
                throw new InvalidOperationException("the standby does not follow");
            }
        }
    }

    /// <summary>The processor time of all its processes that are alive, from <c>/proc</c>.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            var postmaster = int.Parse(File.ReadLines(Path.Join(Data, "postmaster.pid")).First(), CultureInfo.InvariantCulture);
            long ticks = 0;
            foreach (var process in Directory.GetDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
            {
                try
                {
                    var text = File.ReadAllText(Path.Join(process, "stat"));
                    var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
                    if (int.Parse(fields[1], CultureInfo.InvariantCulture) == postmaster)
                    {
                        ticks += long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
                    }
                }
                catch (IOException)
                {
                    // It ended meanwhile.
                }
            }

            return TimeSpan.FromSeconds(ticks / 100.0);
        }
    }

    /// <summary>What one committed row costs a client at the least, in microseconds: the middle of five hundred.</summary>
    public async Task<double> CommitP50Async()
    {
        await using var source = NpgsqlDataSource.Create(Vault("public"));
        await using var connection = await source.OpenConnectionAsync();
        await using (var create = new NpgsqlCommand("CREATE TABLE IF NOT EXISTS bare (id bigserial, data bytea)", connection))
        {
            await create.ExecuteNonQueryAsync();
        }

        await using var insert = new NpgsqlCommand("INSERT INTO bare (data) VALUES ($1)", connection) { Parameters = { new() { Value = new byte[512] } } };
        await insert.PrepareAsync();
        List<double> times = [];
        for (var i = 0; i < 500; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await insert.ExecuteNonQueryAsync();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        times.Sort();
        return times[times.Count / 2];
    }

    /// <summary>How much of the time connections wait for a lock, looked at every 20 ms: connections on average.</summary>
    public async Task<double> WaitingAsync(CancellationToken until)
    {
        await using var source = NpgsqlDataSource.Create(Vault("public"));
        await using var connection = await source.OpenConnectionAsync(CancellationToken.None);
        await using var look = new NpgsqlCommand("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'", connection);
        var (looks, waiting) = (0, 0L);
        while (!until.IsCancellationRequested)
        {
            waiting += (long)(await look.ExecuteScalarAsync(CancellationToken.None))!;
            looks++;
            await Task.Delay(20, CancellationToken.None);
        }

        return (double)waiting / looks;
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path.Join(Data, "postmaster.pid")))
        {
            await KillAsync();
        }

        _folder.Delete(recursive: true);
    }

    private static async Task<BenchPostgres> PrepareAsync()
    {
        const string Versions = "/usr/lib/postgresql";
        var postgres = new BenchPostgres(Directory.Exists(Versions) && Directory.GetDirectories(Versions).Order(StringComparer.Ordinal).LastOrDefault() is { } newest
            ? Path.Join(newest, "bin")
            : throw new InvalidOperationException("there is no PostgreSQL here: install the package postgresql"));
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", ["postgres", postgres._folder.FullName]);
        }

        return postgres;
    }

    private Task StartServerAsync() =>
        RunOwnAsync("pg_ctl", ["-D", Data, "-w", "-l", Path.Join(_folder.FullName, "log"), "-o", $"-c listen_addresses= -k {_folder.FullName}", "start"]);

    private async Task<object?> SqlAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Vault("public") + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    // PostgreSQL refuses to run as root.
    private Task RunOwnAsync(string program, string[] arguments) => Environment.IsPrivilegedProcess
        ? RunAsync("runuser", ["-u", "postgres", "--", Path.Join(_programs, program), .. arguments])
        : RunAsync(Path.Join(_programs, program), arguments);

    private static async Task RunAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = "/", RedirectStandardOutput = true })!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}");
        }
    }
}
