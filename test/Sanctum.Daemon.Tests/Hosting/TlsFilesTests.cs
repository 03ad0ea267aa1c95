using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sanctum.Daemon.Hosting.Tls;
using Sanctum.Upstream;

namespace Sanctum.Daemon.Tests.Hosting;

/// <summary>The files of TLS while a daemon runs, which looks at them every few seconds.</summary>
public sealed class TlsFilesTests
{
    [Theory]
    [InlineData("cert.pem")]
    [InlineData("cert.key")]
    [InlineData("clients.pem")]
    public async Task A_named_pipe_in_a_files_place_keeps_nobody_and_is_told_once_by_name(string name)
    {
        var folder = Directory.CreateTempSubdirectory("sanctum-tls-files-");
        using var authority = new TestAuthority();
        using var certificate = authority.Issue("localhost");
        string At(string file) => Path.Join(folder.FullName, file);
        await File.WriteAllTextAsync(At("cert.pem"), certificate.ExportCertificatePem() + "\n");
        await File.WriteAllTextAsync(At("cert.key"), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(At("cert.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        authority.WriteCaPem(At("clients.pem"));
        var files = new TlsFiles(At("cert.pem"), At("cert.key"), At("clients.pem"));
        var (log, time) = (new Lines(), new FakeTimeProvider(DateTimeOffset.UtcNow));
        using (var tls = new ServerTls(files, files.Read(), time, log))
        {
            File.Move(At(name), At("aside"));
            using (var made = Process.Start("mkfifo", ["-m", "600", At(name)]))
            {
                await made.WaitForExitAsync();
            }

            // As the timer does, and as SIGHUP does.
            for (var i = 0; i < 3; i++)
            {
                await Task.Run(tls.ReloadIfChanged).WaitAsync(TimeSpan.FromMinutes(1));
            }

            var told = Assert.Single(log.All, line => line.Contains("not reloaded", StringComparison.Ordinal));
            Assert.Contains($"{At(name)} is a named pipe, not a regular file", told, StringComparison.Ordinal);
            Assert.True(tls.IsFor("localhost"));

            File.Move(At("aside"), At(name), overwrite: true);
            var before = log.All.Count;
            await Task.Run(tls.ReloadIfChanged).WaitAsync(TimeSpan.FromMinutes(1));
            Assert.Contains("TLS certificate of", Assert.Single(log.All.Skip(before)), StringComparison.Ordinal);
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_key_that_was_refused_for_its_mode_is_taken_once_the_mode_is_right()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no modes");
        var folder = Directory.CreateTempSubdirectory("sanctum-tls-files-");
        using var authority = new TestAuthority();
        string At(string file) => Path.Join(folder.FullName, file);
        async Task WriteAsync(string host, UnixFileMode mode)
        {
            using var certificate = authority.Issue(host);
            await File.WriteAllTextAsync(At("cert.pem"), certificate.ExportCertificatePem() + "\n");
            await File.WriteAllTextAsync(At("cert.key"), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
            File.SetUnixFileMode(At("cert.key"), mode);
        }

        await WriteAsync("localhost", UnixFileMode.UserRead);
        var files = new TlsFiles(At("cert.pem"), At("cert.key"), null);
        var (log, time) = (new Lines(), new FakeTimeProvider(DateTimeOffset.UtcNow));
        using (var tls = new ServerTls(files, files.Read(), time, log))
        {
            File.SetUnixFileMode(At("cert.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
            await WriteAsync("renewed.example", UnixFileMode.UserRead | UnixFileMode.OtherRead);
            tls.ReloadIfChanged();
            tls.ReloadIfChanged();
            Assert.Contains($"run chmod o-r {At("cert.key")}", Assert.Single(log.All, line => line.Contains("not reloaded", StringComparison.Ordinal)), StringComparison.Ordinal);
            Assert.False(tls.IsFor("renewed.example"));

            File.SetUnixFileMode(At("cert.key"), UnixFileMode.UserRead);
            tls.ReloadIfChanged();
            Assert.True(tls.IsFor("renewed.example"));
        }

        folder.Delete(recursive: true);
    }

    private sealed class Lines : ILogger<ServerTls>
    {
        public ConcurrentQueue<string> All { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => All.Enqueue(formatter(state, exception));
    }
}
