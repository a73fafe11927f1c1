"""What listening leaves behind: coverage, speech figures, transcripts, the phrase bank"""

import sqlalchemy as sa
from alembic import op
from qaapp.store.schema import BigId, UtcDateTime


revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('phrases',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('checkpoint_code', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=6), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('author_id', BigId, nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['users.id'], name=op.f('fk_phrases_author_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_phrases'))
    )
    op.create_index('ix_phrases_checkpoint_code_kind', 'phrases', ['checkpoint_code', 'kind'], unique=False)
    op.create_table('speech_figures',
    sa.Column('call_id', BigId, nullable=False),
    sa.Column('detector', sa.String(length=40), nullable=False),
    sa.Column('thresholds', sa.JSON(), nullable=False),
    sa.Column('sound_key', sa.String(length=64), nullable=False),
    sa.Column('is_mono', sa.Boolean(), nullable=False),
    sa.Column('sound_ms', sa.Integer(), nullable=False),
    sa.Column('manager_ms', sa.Integer(), nullable=True),
    sa.Column('customer_ms', sa.Integer(), nullable=True),
    sa.Column('silence_ms', sa.Integer(), nullable=True),
    sa.Column('silences', sa.Integer(), nullable=True),
    sa.Column('long_silences', sa.Integer(), nullable=True),
    sa.Column('overtalk_ms', sa.Integer(), nullable=True),
    sa.Column('manager_interruptions', sa.Integer(), nullable=True),
    sa.Column('customer_interruptions', sa.Integer(), nullable=True),
    sa.Column('longest_manager_ms', sa.Integer(), nullable=True),
    sa.Column('longest_customer_ms', sa.Integer(), nullable=True),
    sa.Column('response_ms', sa.Integer(), nullable=True),
    sa.Column('turns', sa.Integer(), nullable=True),
    sa.Column('talk_share', sa.Double(), nullable=True),
    sa.Column('analysed_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_speech_figures_call_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('call_id', name=op.f('pk_speech_figures'))
    )
    op.create_index(op.f('ix_speech_figures_talk_share'), 'speech_figures', ['talk_share'], unique=False)
    op.create_table('transcripts',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('call_id', BigId, nullable=False),
    sa.Column('origin', sa.String(length=12), nullable=False),
    sa.Column('name', sa.String(length=400), nullable=False),
    sa.Column('format', sa.String(length=12), nullable=False),
    sa.Column('language', sa.String(length=20), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('added_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_transcripts_call_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_transcripts')),
    sa.UniqueConstraint('call_id', 'name', name=op.f('uq_transcripts_call_id_name'))
    )
    op.create_table('transcript_phrases',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('transcript_id', BigId, nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('start_ms', sa.Integer(), nullable=False),
    sa.Column('end_ms', sa.Integer(), nullable=False),
    sa.Column('lane', sa.String(length=10), nullable=True),
    sa.Column('speaker', sa.String(length=200), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('words', sa.JSON(), nullable=True),
    sa.ForeignKeyConstraint(['transcript_id'], ['transcripts.id'], name=op.f('fk_transcript_phrases_transcript_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_transcript_phrases')),
    sa.UniqueConstraint('transcript_id', 'position', name=op.f('uq_transcript_phrases_transcript_id_position'))
    )
    op.create_table('coverages',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('call_id', BigId, nullable=False),
    sa.Column('user_id', BigId, nullable=False),
    sa.Column('evaluation_id', BigId, nullable=True),
    sa.Column('stretches', sa.JSON(), nullable=False),
    sa.Column('heard_ms', sa.Integer(), nullable=False),
    sa.Column('sound_ms', sa.Integer(), nullable=False),
    sa.Column('updated_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_coverages_call_id')),
    sa.ForeignKeyConstraint(['evaluation_id'], ['evaluations.id'], name=op.f('fk_coverages_evaluation_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_coverages_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coverages')),
    sa.UniqueConstraint('evaluation_id', name=op.f('uq_coverages_evaluation_id'))
    )
    op.create_index('ix_coverages_call_id_user_id', 'coverages', ['call_id', 'user_id'], unique=False)
    op.add_column('annotations', sa.Column('sign', sa.Integer(), nullable=True))
    for name in ('said', 'should_have_said'):
        filled = sa.text(f"{name} <> ''")
        op.create_index(
            f'ix_marks_checkpoint_id_{name}', 'marks', ['checkpoint_id'], unique=False, sqlite_where=filled, postgresql_where=filled
        )
    if op.get_bind().dialect.name == "sqlite":
        # Three-letter index of phrases, as that of calls; the text itself stays in its table (external content).
        op.execute(
            "CREATE VIRTUAL TABLE transcript_search USING fts5("
            "search_text, content='transcript_phrases', content_rowid='id', detail='none', columnsize=0, "
            "tokenize='trigram case_sensitive 1')"
        )
        op.execute(
            "CREATE TRIGGER transcript_search_insert AFTER INSERT ON transcript_phrases BEGIN "
            "INSERT INTO transcript_search(rowid, search_text) VALUES (new.id, new.search_text); END"
        )
        op.execute(
            "CREATE TRIGGER transcript_search_delete AFTER DELETE ON transcript_phrases BEGIN "
            "INSERT INTO transcript_search(transcript_search, rowid, search_text) "
            "VALUES ('delete', old.id, old.search_text); END"
        )


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was taken before the upgrade")
