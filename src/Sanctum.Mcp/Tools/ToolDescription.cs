namespace Sanctum.Mcp.Tools;

/// <summary>All there is to say about a tool before it is called.</summary>
internal sealed record ToolDescription(string Name, string Title, string Summary)
{
    /// <summary>What a call gives it.</summary>
    public IReadOnlyList<ToolMember> Parameters { get; init; } = [];

    /// <summary>What it gives back.</summary>
    public IReadOnlyList<ToolMember> Results { get; init; } = [];

    /// <summary>Whether nothing is changed by it, in the vault or elsewhere.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Whether it can change or remove what is there, somewhere.</summary>
    public bool IsDestructive { get; init; }

    /// <summary>Whether an operator may have to approve a call, which is resumed with a handle then.</summary>
    public bool IsWaitedFor { get; init; }

    /// <summary>Whether it reaches beyond the vault.</summary>
    public bool IsOpenWorld { get; init; }
}

/// <summary>A parameter of a tool, or a member of its result.</summary>
internal sealed record ToolMember(string Name, string Summary)
{
    /// <summary>The parameter by which tools name a credential.</summary>
    public static ToolMember Credential { get; } = new("credential", "Its path, from sanctum_list_credentials.") { IsRequired = true };

    /// <summary>The parameter by which a call is resumed. It is no part of a call: it stands for one.</summary>
    public static ToolMember Handle { get; } = new(Asking.WaitingCalls.Handle, "To go on with a call that waits.");

    /// <summary>Whether it is always there.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Its type.</summary>
    public MemberType Type { get; init; }

    /// <summary>The only values there are; empty where any is taken.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>The members of each of its objects, where it is a list of them.</summary>
    public IReadOnlyList<ToolMember> Members { get; init; } = [];
}

/// <summary>What a member can be in JSON.</summary>
internal enum MemberType
{
    /// <summary>A string.</summary>
    Text,

    /// <summary>A number.</summary>
    Number,

    /// <summary>True or false.</summary>
    Flag,

    /// <summary>An object whose values are strings.</summary>
    Texts,

    /// <summary>An object.</summary>
    Object,

    /// <summary>A list of strings.</summary>
    TextList,

    /// <summary>A list of objects.</summary>
    ObjectList,
}
