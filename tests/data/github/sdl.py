"""Cut GitHub's GraphQL schema to the types around a pull request's reviews, closed and buildable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from graphql import (
    DefinitionNode,
    DirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    Node,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    build_schema,
    parse,
    print_ast,
    validate_schema,
    visit,
)
from graphql.language import REMOVE, Visitor

# Objects, interfaces and unions are named here; the enums, scalars and inputs that their fields take follow.
NAMED = """
    Query Mutation Node Actor Bot EnterpriseUserAccount Mannequin Organization User UniformResourceLocatable
    Repository RepositoryOwner RepositoryNode RateLimit PageInfo Label LabelConnection Ref GitObject Commit
    CommitConnection PullRequest PullRequestConnection PullRequestCommit PullRequestCommitConnection
    PullRequestReview PullRequestReviewConnection PullRequestReviewEdge
    PullRequestReviewThread PullRequestReviewThreadConnection PullRequestReviewThreadEdge
    PullRequestReviewComment PullRequestReviewCommentConnection PullRequestReviewCommentEdge
    IssueComment IssueCommentConnection IssueCommentEdge UserContentEdit UserContentEditConnection
    Comment Deletable Minimizable Reactable Updatable UpdatableComment Closable Lockable
    Reaction ReactionConnection ReactionEdge ReactionGroup Reactor ReactorConnection ReactorEdge
    ReactingUserConnection ReactingUserEdge
    ResolveReviewThreadPayload UnresolveReviewThreadPayload MinimizeCommentPayload UnminimizeCommentPayload
    AddReactionPayload RemoveReactionPayload DismissPullRequestReviewPayload
    AddPullRequestReviewThreadReplyPayload ConvertPullRequestToDraftPayload MarkPullRequestReadyForReviewPayload
"""
TYPES = frozenset(NAMED.split())
# Of types about much else, only these fields.
FIELDS = {
    "Query": "node nodes rateLimit repository repositoryOwner user viewer id",
    "Mutation": "resolveReviewThread unresolveReviewThread minimizeComment unminimizeComment addReaction"
    " removeReaction dismissPullRequestReview addPullRequestReviewThreadReply convertPullRequestToDraft"
    " markPullRequestReadyForReview",
    "User": "id login repository databaseId name email avatarUrl resourcePath url createdAt updatedAt",
    "Organization": "id login repository databaseId name avatarUrl resourcePath url createdAt updatedAt",
    "EnterpriseUserAccount": "id login name avatarUrl resourcePath url createdAt updatedAt user",
    "RepositoryOwner": "id login avatarUrl resourcePath url repository",
    "Repository": "id databaseId name nameWithOwner owner url resourcePath isPrivate isFork isArchived parent"
    " defaultBranchRef pullRequest pullRequests object ref viewerPermission createdAt updatedAt",
    "Commit": "id oid abbreviatedOid message messageHeadline messageBody committedDate authoredDate parents url"
    " resourcePath commitUrl commitResourcePath repository committedViaWeb",
    "Ref": "id name prefix target repository",
}
GITHUBS_OWN = "must not be deprecated."  # the full schema breaks this rule too, in databaseId
FOLLOWING = (InputObjectTypeDefinitionNode, EnumTypeDefinitionNode, ScalarTypeDefinitionNode)


def slice_of(sdl: str) -> str:
    """Return the slice as SDL without descriptions; raises ValueError where it would not be a valid schema."""
    types = {node.name.value: node for node in parse(sdl).definitions if isinstance(node, TypeDefinitionNode)}
    if missing := sorted(TYPES - types.keys()):
        raise ValueError(f"the schema has no {', '.join(missing)}")
    kept = {name: _cut(node, types) for name, node in types.items() if name in TYPES}
    waiting = list(kept.values())
    while waiting:
        for name in set(_named_in(waiting.pop())) - kept.keys():
            if name in types:
                kept[name] = types[name]
                waiting.append(types[name])
    document = visit(DocumentNode(definitions=tuple(kept[name] for name in sorted(kept))), _Plain())
    text = print_ast(document) + "\n"
    errors = [error.message for error in validate_schema(build_schema(text))]
    if wrong := [message for message in errors if not message.endswith(GITHUBS_OWN)]:
        raise ValueError("; ".join(wrong))
    return text


class _Plain(Visitor):
    """Takes out descriptions and GitHub's own directives."""

    def leave(self, node: Node, *_: object) -> object:
        if isinstance(node, DirectiveNode) and node.name.value != "deprecated":
            return REMOVE
        return replace(node, description=None) if getattr(node, "description", None) else None


def _cut(node: TypeDefinitionNode, types: dict[str, TypeDefinitionNode]) -> DefinitionNode:
    if isinstance(node, UnionTypeDefinitionNode):
        return UnionTypeDefinitionNode(name=node.name, types=_kept(node.types), directives=(), description=None)
    if not isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
        raise ValueError(f"{node.name.value} is not an object, interface or union")
    wanted = FIELDS.get(node.name.value, "").split()
    fields = tuple(
        field for field in node.fields if (field.name.value in wanted or not wanted) and _leads_inside(field, types)
    )
    made = type(node)
    return made(name=node.name, interfaces=_kept(node.interfaces), fields=fields, directives=(), description=None)


def _kept(names: tuple[NamedTypeNode, ...] | None) -> tuple[NamedTypeNode, ...]:
    return tuple(name for name in names or () if name.name.value in TYPES)


def _leads_inside(field: FieldDefinitionNode, types: dict[str, TypeDefinitionNode]) -> bool:
    target = _name_of(field.type)
    return target in TYPES or target not in types or isinstance(types[target], FOLLOWING)


def _name_of(node: TypeNode) -> str:
    inner: Node = node
    while not isinstance(inner, NamedTypeNode):
        inner = inner.type  # type: ignore[attr-defined]
    return inner.name.value


def _named_in(node: Node) -> Iterator[str]:
    """Return the names of all types that a definition mentions."""
    found: list[str] = []

    class Names(Visitor):
        def enter_named_type(self, named: NamedTypeNode, *_: object) -> None:
            found.append(named.name.value)

    visit(node, Names())
    yield from found
