namespace Sanctum.Cli.Runs.Inside;

/// <summary>The files that a run's own network needs, and what lies over the machine's.</summary>
internal static class IsolationFiles
{
    private const string NameServers = "/etc/resolv.conf", Hosts = "/etc/hosts";

    // Sockets of services that look names up for others: with them a program would ask the machine's name servers.
    private static readonly string[] NameServices = ["/run/systemd/resolve", "/run/nscd", "/run/avahi-daemon"];

    /// <summary>Writes the run's token, for the one process that takes it.</summary>
    /// <returns>The file.</returns>
    public static string Write(RunFolder folder, string token) => folder.Write("token", System.Text.Encoding.ASCII.GetBytes(token));

    /// <summary>Reads the token and removes the file, before the program starts.</summary>
    public static string TakeToken(string file)
    {
        var token = File.ReadAllText(file);
        File.Delete(file);
        return token;
    }

    /// <summary>What bubblewrap is told, so that names are looked up with the run's own name server alone. A file that the machine has not is not made.</summary>
    public static IEnumerable<string> NameOptions(RunFolder folder)
    {
        var servers = folder.Write("resolv.conf", "nameserver 127.0.0.1\n"u8);
        var hosts = folder.Write("hosts", "127.0.0.1 localhost\n::1 localhost\n"u8);
        (string From, string To)[] files = [(servers, NameServers), (hosts, Hosts)];
        return
        [
            .. NameServices.Where(Directory.Exists).SelectMany(service => (string[])["--tmpfs", RealPath.Of(service)]),
            .. files.Where(it => File.Exists(it.To)).SelectMany(it => (string[])["--ro-bind", it.From, RealPath.Of(it.To)]),
        ];
    }
}
