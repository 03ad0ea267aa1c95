using System.Text;
using Sanctum.Cli.Dotenv;
using Sanctum.Cli.Imports;
using Sanctum.Cli.Mcp.Texts;
using Sanctum.Cli.Scans;

namespace Sanctum.Cli.Mcp.Moving;

/// <summary>Which keys of a host's file go into the vault, and what stands in its entries then. Nothing has been done yet.</summary>
internal sealed class KeyPlan
{
    private const string Own = "sanctum";

    private readonly IHostText _text;
    private readonly McpEntry _start;
    private readonly List<ServerMove> _moves;

    private KeyPlan(IHostText text, McpEntry start, List<ServerMove> moves)
    {
        (_text, _start, _moves) = (text, start, moves);
        Keys = [.. moves.SelectMany(it => it.Moved)];
        Left = [.. moves.SelectMany(it => it.Left), .. Others()];
    }

    /// <summary>The keys that go into the vault.</summary>
    public IReadOnlyList<MovedKey> Keys { get; }

    /// <summary>What looks like a key and stays.</summary>
    public IReadOnlyList<LeftKey> Left { get; }

    /// <summary>What is to be stored.</summary>
    public ImportPlan Import => new([.. Keys.Select(it => it.Secret)], []);

    /// <summary>What entries become.</summary>
    public IReadOnlyList<ServerChange> Changes =>
        [.. _moves.Where(it => it.Moved.Count > 0).Select(it => new ServerChange(it.Server, EntryOf(it), [.. it.Moved.Select(key => key.Found)]))];

    /// <param name="text">The file.</param>
    /// <param name="prefix">What paths begin with, before the server's name; null for nothing.</param>
    /// <param name="start">How this program is started as a wrapper: its command, and the arguments that come first.</param>
    /// <param name="services">What variables' names stand for.</param>
    public static KeyPlan Of(IHostText text, string? prefix, McpEntry start, VariableServices services) => new(text, start, WithoutCollisions(
    [
        .. from server in text.Servers
           where server.Command is null || Path.GetFileName(server.Command) is not Own && server.Name != Own
           let path = string.Join('/', new[] { prefix, server.Project is { } project ? ImportPrefix.Clean(Path.GetFileName(project)) : null, ImportPrefix.Clean(server.Name) }.OfType<string>())
           select server.Url is null || server.Command is not null ? ProgramKeys.Of(server, path, services) : RemoteKey.Of(server, path),
    ]));

    // Names that differ in a file can be one in a path. The vault keeps one secret there, so the second of two different ones would be lost.
    private static List<ServerMove> WithoutCollisions(List<ServerMove> moves)
    {
        var taken = new Dictionary<string, PlannedSecret>(StringComparer.Ordinal);
        return
        [
            .. moves.Select(move =>
            {
                if (!move.Moved.Any(key => taken.TryGetValue(key.Secret.Path, out var other) && !IsSame(key.Secret, other)))
                {
                    move.Moved.ToList().ForEach(key => taken.TryAdd(key.Secret.Path, key.Secret));
                    return move;
                }

                return new(move.Server, [], [.. move.Left, .. move.Moved.Select(key => ProgramKeys.Left(key, $"another server's key goes to {key.Secret.Path}; move that one first, then give this server another name"))]);
            }),
        ];
    }

    // A key for two places has two bindings, and a credential has one.
    private static bool IsSame(PlannedSecret one, PlannedSecret other) =>
        one.Entry.Value == other.Entry.Value && one.Service == other.Service && string.Join(' ', one.Binding?.Hosts ?? one.Binding?.AllowedOrigins ?? []) == string.Join(' ', other.Binding?.Hosts ?? other.Binding?.AllowedOrigins ?? []) && one.Binding?.HeaderType == other.Binding?.HeaderType;

    /// <summary>The name by which policies and the log know a server.</summary>
    public static string NameOf(FoundServer server)
    {
        var name = string.Concat(server.Name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-'));
        return name.Trim('.').Length == 0 ? "server" : name[..Math.Min(64, name.Length)];
    }

    /// <summary>The file as it is now, with a reference in each key's place.</summary>
    public byte[] WithReferences() => _text.With(Keys.Select(key => (key.Found, key.With(Reference.To(key.Secret.Path)))));

    private McpEntry EntryOf(ServerMove move)
    {
        var server = move.Server;
        var name = (string[])["--name", NameOf(server)];
        return move.Url is { } url
            ? new(server.Name, _start.Command, [.. _start.Arguments, .. name, "--credential", move.Moved[0].Secret.Path, .. move.Headers.SelectMany(it => (string[])["--header", it]), url])
            : new(server.Name, _start.Command,
            [
                .. _start.Arguments, .. name,
                .. move.Moved.SelectMany(key => (string[])[key.IsExposed ? "--expose" : "--env", $"{key.Found.Name}={key.Secret.Path}"]),
                "--", server.Command!, .. server.Arguments,
            ]);
    }

    // In arguments, in comments, in other settings: what is left of it is looked through as 'sanctum scan' does.
    private IEnumerable<LeftKey> Others()
    {
        var known = _moves.SelectMany(it => it.Left).Select(it => it.Line).ToHashSet();
        using var reader = new StringReader(Encoding.UTF8.GetString(WithReferences()));
        return [.. new TextSearch(reader).Find().Where(it => known.Add(it.Line)).Select(it => new LeftKey(it.Line, null, $"a {it.Kind} stands where only you can take it out: in an argument, a comment or another setting"))];
    }
}
