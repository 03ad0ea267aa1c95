using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Sanctum.EndToEnd.Tests.Harness;

/// <summary>A unit of systemd's in <c>packaging/systemd</c>, as a service manager would run it in a home: see systemd.service(5).</summary>
internal sealed class UnitFile
{
    private readonly Dictionary<string, string> _lines;
    private readonly SanctumHome _home;
    private readonly string _command;

    private UnitFile(SanctumHome home, string command, Dictionary<string, string> lines) => (_home, _command, _lines) = (home, command, lines);

    public static string[] All { get; } = ["sanctum.service", "sanctum-sealed.service", "sanctum-backup.service", "sanctum-backup.timer", "user/sanctum.service"];

    public string Vault => _home.Vault;

    public string Backups => Directory.CreateDirectory(Path.Join(_home.Directory, "backups")).FullName;

    /// <summary>Where agents find the daemon that it starts.</summary>
    public string Socket => _lines["ExecStart"].Contains("--socket", StringComparison.Ordinal) ? Path.Join(RuntimeDirectory, "vault.sock") : _home.Socket;

    /// <summary>Where it has the proxy.</summary>
    public string ProxySocket => _lines["ExecStart"].Contains("--proxy-socket", StringComparison.Ordinal) ? Path.Join(RuntimeDirectory, "proxy.sock") : Path.Join(_home.Vault, "proxy.sock");

    /// <summary>What it sets, and the folder of its credentials.</summary>
    public (string Name, string Value)[] Environment
    {
        get
        {
            var (name, value) = Pair(_lines["Environment"]);
            var credentials = Directory.CreateDirectory(Path.Join(_home.Directory, "credentials")).FullName;
            if (_lines.TryGetValue("LoadCredentialEncrypted", out var credential))
            {
                File.WriteAllText(Path.Join(credentials, credential.Split(':')[0]), SanctumHome.Passphrase);
            }

            return [(name, value), ("CREDENTIALS_DIRECTORY", credentials)];
        }
    }

    private string RuntimeDirectory => Directory.CreateDirectory(Path.Join(_home.Directory, "run")).FullName;

    public static string PathOf(string unit) => Path.Join(Repository.Root, "packaging/systemd", unit);

    /// <summary>A program in the home that is the executable, for lines that have room for one word.</summary>
    public static async Task<string> CommandAsync(SanctumHome home)
    {
        var start = SanctumExecutable.Start([]);
        var command = Path.Join(home.Directory, "sanctum-command");
        await File.WriteAllTextAsync(command, $"#!/bin/sh\nexec {string.Join(' ', [start.FileName, .. start.ArgumentList])} \"$@\"\n");
        File.SetUnixFileMode(command, HostTools.Folder700);
        return command;
    }

    public static async Task<UnitFile> ReadAsync(string unit, SanctumHome home) => new(
        home,
        await CommandAsync(home),
        (await File.ReadAllLinesAsync(PathOf(unit))).Where(line => line.Contains('=') && line[0] != '#').Select(Pair).DistinctBy(line => line.Key).ToDictionary(StringComparer.Ordinal));

    /// <summary>One of its commands.</summary>
    /// <param name="key">Which, such as <c>ExecStart</c>.</param>
    /// <param name="mainProcess">The id of the unit's process.</param>
    public ProcessStartInfo Start(string key, int mainProcess = 0)
    {
        var line = _lines[key]
            .Replace("/usr/bin/sanctum", _command, StringComparison.Ordinal)
            .Replace("/var/lib/sanctum-backups", Backups, StringComparison.Ordinal)
            .Replace("/var/lib/sanctum", Vault, StringComparison.Ordinal)
            .Replace("/run/sanctum", RuntimeDirectory, StringComparison.Ordinal)
            .Replace("%h", _home.Directory, StringComparison.Ordinal)
            .Replace("%%", "%", StringComparison.Ordinal)
            .Replace("$MAINPID", mainProcess.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("$$", "$", StringComparison.Ordinal);
        var words = Words(line);
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            WorkingDirectory = _home.Directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOME"] = _home.Directory;
        return start;
    }

    private static (string Key, string Value) Pair(string line) => (line[..line.IndexOf('=', StringComparison.Ordinal)], line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..]);

    // Words are parted by spaces, outside of single quotes.
    private static string[] Words(string line)
    {
        List<string> words = [];
        var (word, quoted) = (new StringBuilder(), false);
        foreach (var c in line + ' ')
        {
            if (c == '\'')
            {
                quoted = !quoted;
            }
            else if (c != ' ' || quoted)
            {
                word.Append(c);
            }
            else if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }

        return [.. words];
    }
}
