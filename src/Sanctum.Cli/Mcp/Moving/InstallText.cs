using System.Text;
using System.Text.Encodings.Web;
using Sanctum.Cli.Imports;
using Sanctum.Cli.Output;
using Sanctum.Cli.Scans;
using Sanctum.Cli.Secrets;
using Sanctum.Cli.Terminals;
using Sanctum.Mcp.Wrapping.Pins;

namespace Sanctum.Cli.Mcp.Moving;

/// <summary>What becomes of a host's file, as it is shown. No key is.</summary>
internal static class InstallText
{
    private const string Mask = "********";
    private const int Near = 2;

    public static McpEntryDocument Document(HostFile file, McpEntry entry, KeyPlan? moved, KeyPlan? seen, IReadOnlySet<string>? there = null) => new(
        file.Host.Name,
        file.Shown,
        false,
        entry.Command,
        entry.Arguments,
        [
            .. (moved?.Keys ?? []).Select(it => new MovedKeyView(
                it.Server, it.Found.Name, it.Found.Line, it.Secret.Path, it.Secret.Kind, it.Secret.NeedsMore ? null : it.Secret.Service?.Name, it.IsExposed, there?.Contains(it.Secret.Path) is true, AdviceFor(it))),
        ],
        [.. (seen?.Left ?? []).Select(it => new LeftKeyView(it.Line, it.Name, it.Why))],
        null,
        [],
        []);

    public static void ShowKeys(Terminal terminal, KeyPlan plan, string verb) => terminal.Table(
        ["LINE", "SERVER", "NAME", "PATH", ""], plan.Keys.Select(it => new string?[] { $"{it.Found.Line}", it.Server, it.Found.Name, it.Secret.Path, verb }), "no keys");

    public static void ShowLeft(Terminal terminal, KeyPlan? plan) => ShowLeft(terminal, [.. (plan?.Left ?? []).Select(it => new LeftKeyView(it.Line, it.Name, it.Why))]);

    public static void ShowLeft(Terminal terminal, IReadOnlyList<LeftKeyView> left)
    {
        foreach (var key in left)
        {
            terminal.Note($"line {key.Line}{(key.Name is null ? "" : $": {key.Name}")} was not taken: {key.Why}");
        }
    }

    /// <summary>Says what stands in the host's other files, and what to do about it.</summary>
    public static void ShowElsewhere(Terminal terminal, HostFile written, IReadOnlyList<OtherFileView> elsewhere)
    {
        foreach (var other in elsewhere)
        {
            if (other.Why is { } why)
            {
                terminal.Note($"{other.File} was not looked at: {why}");
            }

            if (other.HasEntry)
            {
                terminal.Note($"{other.File} has an entry of this name as well; this command is about {written.Shown}, so remove the one that you don't want");
            }

            if (other.ServersWithKeys.Count > 0)
            {
                var form = other.Project is { } project ? $" --project {project}" : "";
                terminal.Note($"keys of other servers lie in {other.File} too ({string.Join(", ", other.ServersWithKeys)})"
                    + (other.Project == written.Project ? $"; put that file's servers into {written.Shown}, and run this again" : $": move them with 'sanctum mcp install {written.Host.Name}{form}'"));
            }
        }
    }

    /// <summary>The lines that change, with what is near them. Keys that stay in the file are masked.</summary>
    public static void ShowChange(Terminal terminal, KeyPlan plan, byte[] after)
    {
        var lines = LineDiff.Between(Masked(plan.WithReferences(), plan), Masked(after, plan));
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines.Skip(Math.Max(0, i - Near)).Take((2 * Near) + 1).Any(line => line[0] != ' '))
            {
                terminal.Line(lines[i]);
            }
        }
    }

    public static void ShowNext(Terminal terminal, KeyPlan plan, string agent)
    {
        // Servers of one name, in several projects, are one to policies.
        foreach (var servers in plan.Changes.GroupBy(it => KeyPlan.NameOf(it.Server)))
        {
            var name = servers.Key;
            var paths = plan.Keys.Where(it => servers.Any(server => server.Server.Name == it.Server)).ToList();
            foreach (var (isExposed, actions) in new[] { (false, "list,use"), (true, "list,retrieve") })
            {
                var its = paths.Where(it => it.IsExposed == isExposed).Select(it => it.Secret.Path).Distinct(StringComparer.Ordinal).ToList();
                if (its.Count > 0)
                {
                    terminal.Note($"allow it the key: sanctum policy add {agent}-{name}{(isExposed ? "-exposed" : "")} --principal agent:{agent} --resources {string.Join(',', its)} --actions {actions}");
                }
            }

            terminal.Note($"allow its tools: sanctum policy add {agent}-{name}-tools --principal agent:{agent} --resources 'tool:{name}/*' --actions call");
        }

        foreach (var advice in plan.Keys.Select(AdviceFor).OfType<string>())
        {
            terminal.Note(advice);
        }

        terminal.Note("copies of the old file may be left in backups, in editors and in git's history; replace keys that were there");
    }

    // What the server gets itself goes into no request of the vault's.
    private static string? AdviceFor(MovedKey key) => key.IsExposed ? null : ImportText.Advice(key.Secret);

    private static string[] Masked(byte[] content, KeyPlan plan)
    {
        var text = Encoding.UTF8.GetString(content);
        foreach (var shape in SecretShapes.All)
        {
            text = shape.Pattern.Replace(text, match => match.Value.Replace(SecretShape.SecretIn(match).Value, Mask, StringComparison.Ordinal));
        }

        foreach (var value in plan.Left.Select(it => it.Value).OfType<string>().Where(it => it.Length > 0))
        {
            text = text.Replace(value, Mask, StringComparison.Ordinal).Replace(JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(value), Mask, StringComparison.Ordinal);
        }

        return text.Split('\n').Select(line => line.TrimEnd('\r')).ToArray();
    }
}
