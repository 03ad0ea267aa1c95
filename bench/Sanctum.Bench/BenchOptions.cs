using System.Globalization;

namespace Sanctum.Bench;

/// <summary>What to measure, and for how long.</summary>
internal sealed record BenchOptions(IReadOnlyList<string> Parts, TimeSpan Duration, int Credentials, IReadOnlyList<int> Connections, int Download, IReadOnlyList<string> Floods)
{
    /// <summary>The siege takes ten minutes, and several daemons need a PostgreSQL: they only run when they are asked for.</summary>
    public bool Wants(string part) => Parts.Contains(part) || (Parts.Count == 0 && part is not ("siege" or "several"));

    public static BenchOptions Parse(string[] args)
    {
        List<string> parts = [];
        var (seconds, credentials, download) = (5, 100_000, 1024);
        IReadOnlyList<int> connections = [1, 8, 64];
        IReadOnlyList<string> floods = [];
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--seconds" when i + 1 < args.Length:
                    seconds = int.Parse(args[++i], CultureInfo.InvariantCulture);
                    break;
                case "--credentials" when i + 1 < args.Length:
                    credentials = int.Parse(args[++i], CultureInfo.InvariantCulture);
                    break;
                case "--connections" when i + 1 < args.Length:
                    connections = [.. args[++i].Split(',').Select(count => int.Parse(count, CultureInfo.InvariantCulture))];
                    break;
                case "--download" when i + 1 < args.Length:
                    download = int.Parse(args[++i], CultureInfo.InvariantCulture);
                    break;
                case "--floods" when i + 1 < args.Length:
                    floods = args[++i].Split(',');
                    break;
                case "sign" or "http" or "proxy" or "unseal" or "verify" or "scrub" or "client" or "mcp" or "several" or "siege":
                    parts.Add(args[i]);
                    break;
                default:
                    throw new ArgumentException($"unknown: {args[i]}; there are sign, http, proxy, unseal, verify, scrub, client, mcp, several, siege, --seconds N, --connections N[,N], --credentials N, --download MIB and --floods NAME[,NAME]");
            }
        }

        return new BenchOptions(parts, TimeSpan.FromSeconds(seconds), credentials, connections, download, floods);
    }
}
